import type { Fault } from './fault.js'
import type { Claim } from './ports.js'
import type { Bytes, Instant, ProcessId, ViewId } from './types.js'
import type { View } from './view.js'

/** A message, handed up. `seq` counts this sender's messages in this view at this layer, from 1, without gaps. */
export interface Deliver {
  readonly type: 'deliver'
  readonly view: ViewId
  readonly sender: ProcessId
  readonly seq: number
  readonly payload: Bytes
}

/** Why a member is no longer in a view, with what was signed about it where the membership protocol has it. */
export interface Removal {
  readonly member: ProcessId
  readonly reason: string
  readonly certificate?: Bytes
}

/** A view, handed up in line with the messages. */
export interface ViewEvent {
  readonly type: 'view'
  readonly view: View
  readonly joined: readonly ProcessId[]
  readonly left: readonly Removal[]
}

/** What a layer hands up, in one single order. */
export type Up =
  | Deliver
  | ViewEvent
  /** Everything of `sender` in `view` up to `seq` was delivered at every member that is still there. [R94] 4.2 */
  | { readonly type: 'stable'; readonly view: ViewId; readonly sender: ProcessId; readonly seq: number }
  /** A view after `view` was received: multicasts from now on belong to the view to come. [R94] 5 step 3 */
  | { readonly type: 'block'; readonly view: ViewId }
  /** Answers `collect`: the certificates of a view that some member may lack. */
  | { readonly type: 'collected'; readonly view: ViewId; readonly commits: readonly Bytes[] }
  /** Answers `supply`, after the deliveries that came of it. */
  | { readonly type: 'supplied'; readonly view: ViewId }
  /** This process is not a member of the next view, and takes no further part. */
  | { readonly type: 'excluded'; readonly view: ViewId; readonly removal: Removal }

/** Asks to multicast. Without `view`: in the view that the layer asked handed up last, or the next one when blocked. */
export interface Multicast {
  readonly type: 'multicast'
  readonly payload: Bytes
  readonly view?: ViewId
}

/** remove(x, p) of [R94] 2: asks that a member be removed, and says why. */
export interface Suspect {
  readonly type: 'suspect'
  readonly view: ViewId
  readonly fault: Fault
}

/** What a layer asks of the one below. */
export type Down =
  | Multicast
  | Suspect
  /** adds(x) of [R94] 2: additions may happen in this view. */
  | { readonly type: 'admit'; readonly view: ViewId }
  /** Asks to leave the group. */
  | { readonly type: 'leave' }
  /** Asks for the certificates held for a view: the `commits` of [R94] 5 step 4a. Answered by `collected`. */
  | { readonly type: 'collect'; readonly view: ViewId }
  /** Brings certificates that others held for a view: [R94] 5 step 5a. Answered by `supplied`. */
  | { readonly type: 'supply'; readonly view: ViewId; readonly from: ProcessId; readonly commits: readonly Bytes[] }
  /** A later view was delivered: no part is taken any more in this view and those before it. [R94] 5, after step 5 */
  | { readonly type: 'retire'; readonly view: ViewId }
  /** Backpressure against one sender: help none of its new multicasts along (false: go on). */
  | { readonly type: 'hold'; readonly view: ViewId; readonly sender: ProcessId; readonly held: boolean }

/** A message from a counterpart at another process. `from` is authenticated, `bytes` are not. */
export interface Receive {
  readonly type: 'receive'
  readonly from: ProcessId
  readonly bytes: Bytes
  /** What the same layer's `prepare` made of `bytes`. It holds nothing that `bytes` does not. */
  readonly prepared?: unknown
}

/** The answer of a trusted service to an `ask`. */
export interface Answer {
  readonly type: 'answer'
  readonly ask: number
  readonly answer: unknown
}

/** What a layer hears from its counterparts, the clock, the transport, a trusted service. */
export type In<Timer extends string = string> =
  | Receive
  | Answer
  | { readonly type: 'timeout'; readonly timer: Timer }
  /** The channel to a peer is up (again): what was sent and not answered may be lost. */
  | { readonly type: 'connect'; readonly peer: ProcessId }
  | { readonly type: 'disconnect'; readonly peer: ProcessId }
  /** The first input of every layer, once. */
  | { readonly type: 'start' }

/** A message to counterparts. Never to oneself. */
export interface Send {
  readonly type: 'send'
  readonly to: readonly ProcessId[]
  readonly bytes: Bytes
}

/** What a layer asks of the world. */
export type Out<Timer extends string = string> =
  | Send
  /** Replaces the timer of that name. */
  | { readonly type: 'set-timer'; readonly timer: Timer; readonly at: Instant }
  /** Forgets it: a timeout already on its way no longer arrives. */
  | { readonly type: 'clear-timer'; readonly timer: Timer }
  | { readonly type: 'ask'; readonly ask: number; readonly request: unknown }
  /** A peer broke the protocol, or does not answer: for the application and its operators. */
  | { readonly type: 'fault'; readonly fault: Fault }

export type Input<T extends string = string> = Up | Down | In<T>
export type Effect<T extends string = string> = Up | Down | Out<T>

/** An element of a layer's answer: an effect, or the input itself, handed back by a layer that is not concerned. */
export type Step<T extends string = string> = Effect<T> | In<T>

/** A received message, read ahead: the claims that `step` will want checked, and the input to give it then. */
export interface Prepared {
  readonly claims: readonly Claim[]
  readonly input: Receive
}

/**
 * A protocol core: a deterministic state machine. All it knows arrives in inputs, all it does is in the effects that
 * it returns, and their order is the order of the facts. Equal inputs give equal effects. Total on `receive`; throws
 * only a `UsageError` on a wrong `Down` from its own process, or an `InvariantError` when it is itself broken.
 */
export interface Layer<T extends string = string> {
  step(input: Input<T>, now: Instant): readonly Step<T>[]
  /**
   * Reads a message ahead, so that its signatures can be checked elsewhere. Changes nothing and decides nothing: a
   * layer without it, or a driver that never calls it, behaves the same, only slower.
   */
  prepare?(input: Receive): Prepared
}
