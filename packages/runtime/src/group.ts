import type { Bytes, ProcessId, View } from '@testudo/core'
import type { GroupEvent } from './events.js'

/** How long to wait. */
export interface WaitOptions {
  /** Ends the wait: it rejects with the code `aborted`. */
  readonly signal?: AbortSignal
}

/** When a multicast counts as done. */
export interface MulticastOptions extends WaitOptions {
  /**
   * `accepted`: handed to the protocol, which sends it to the members. `ordered`: delivered here, in the group's order.
   * A wait that ends before says nothing about the message: it may be delivered yet.
   */
  readonly until?: 'accepted' | 'ordered'
}

/**
 * This process's part in a group. Waits reject with a `UsageError`: `too-large`, `overflow` (too many callers wait),
 * `events-full` (see `events`), `not-a-member` (excluded), `closed` (with the cause, if something broke), `aborted`.
 */
export interface Group extends AsyncDisposable {
  readonly self: ProcessId
  /** The newest view that was handed up; before the first one, the genesis view. */
  readonly view: View
  /**
   * Multicasts to the group. Waits while too much of ours is under way. The bytes are the group's from now on: whoever
   * wants to write to them again gives a copy.
   */
  multicast(bytes: Bytes, options?: MulticastOptions): Promise<void>
  /** Accepts a message at once, or returns false if there is no room. Throws what `multicast` rejects with. */
  tryMulticast(bytes: Bytes): boolean
  /** Resolves when `tryMulticast` has room again. */
  writable(options?: WaitOptions): Promise<void>
  /**
   * What happens, in the group's one order, for one consumer at a time (else `one-consumer`). It must be consumed: when
   * `EVENTS_MAX` wait, this process takes no more from the others until half of them were taken. In that time nothing
   * is delivered here, so waits for `ordered` and for room reject with `events-full`: they would never end where the
   * consumer itself waits. Ends after `close`; throws if the protocol broke.
   */
  events(options?: WaitOptions): AsyncIterableIterator<GroupEvent, undefined>
  /** Asks to be removed, waits for it at most `LEAVE_DEADLINE_MS` or until the signal fires, then closes. */
  leave(options?: WaitOptions): Promise<void>
  /** Ends this process's part without a word to the others. What waits in `events()` can still be taken. */
  close(): Promise<void>
}
