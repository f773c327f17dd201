import type { ProcessId } from '@testudo/core'

/** Where each member listens, by id. */
export type Addresses = Record<string, { readonly host: string; readonly port: number }>

/** What the parent tells a member process. */
export type ToMember<Config> =
  | {
      readonly type: 'open'
      /** The member's secret, as hexadecimal digits: over the pipe between parent and child, never on a command line. */
      readonly seed: string
      readonly members: readonly ProcessId[]
      /** Names this run of the group. */
      readonly groupName: string
      readonly peers: Addresses
      readonly config: Config
    }
  | { readonly type: 'go' }
  | { readonly type: 'finish' }

/** What a member process tells the parent. */
export type FromMember<News, Result> =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'news'; readonly news: News }
  | { readonly type: 'result'; readonly result: Result }
  | { readonly type: 'failed'; readonly code: string; readonly message: string }
