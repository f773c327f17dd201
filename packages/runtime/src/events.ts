import type { Deliver, Fault, Removal, ViewEvent, ViewId } from '@testudo/core'

/** What a group tells its application, in the group's one order. */
export type GroupEvent =
  | Deliver
  | ViewEvent
  /** A peer broke the protocol or does not answer. For people and their tools: the protocol has dealt with it. */
  | { readonly type: 'fault'; readonly fault: Fault }
  /** This process is no longer a member. Nothing but faults comes after it. */
  | { readonly type: 'excluded'; readonly view: ViewId; readonly removal: Removal }
