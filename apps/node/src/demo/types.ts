import type { Fault, ProcessId } from '@testudo/core'

/** What a member of the demo is told. */
export interface DemoConfig {
  /** A copy of the file that was asked for, so that all members read the same whatever happens to that one. */
  readonly input: string
  readonly log: string
  /** The name of its lie, if it lies. */
  readonly lie: string | undefined
  /** Whose lines must all come before the log ends. */
  readonly honest: readonly ProcessId[]
  readonly uniform: boolean
}

/** What a member tells on the way. */
export type DemoNews =
  | { readonly type: 'delivered'; readonly lines: number }
  | { readonly type: 'fault'; readonly fault: Fault }

/** What a member's part came to. */
export interface DemoResult {
  /** Lines in its log. */
  readonly delivered: number
  /** From the start to its last line, in milliseconds. */
  readonly elapsedMs: number
  /** From multicast to its own delivery, in milliseconds, for lines spread evenly over its share. */
  readonly latenciesMs: readonly number[]
}
