import type { Bytes, ProcessId } from '@testudo/core'

/** Messages that wait until their multicasts are stable, by sender: [R94] 7. Bounded by the windows of echo multicast. */
export class Unstable {
  /** Oldest first. */
  readonly #messages: Map<ProcessId, { readonly echoSeq: number; readonly payload: Bytes }[]> = new Map()

  add(sender: ProcessId, echoSeq: number, payload: Bytes): void {
    const waiting = this.#messages.get(sender) ?? []
    waiting.push({ echoSeq, payload })
    this.#messages.set(sender, waiting)
  }

  /** Takes out those of a sender whose multicasts have a number up to this one. */
  takeUpTo(sender: ProcessId, echoSeq: number): readonly Bytes[] {
    const waiting = this.#messages.get(sender) ?? []
    const later = waiting.findIndex((message) => message.echoSeq > echoSeq)
    return waiting.splice(0, later < 0 ? waiting.length : later).map(({ payload }) => payload)
  }

  /** Takes out all: those of one sender in its order. */
  takeAll(): readonly (readonly [ProcessId, Bytes])[] {
    const all = [...this.#messages].flatMap(([sender, waiting]) =>
      waiting.map(({ payload }) => [sender, payload] as const),
    )
    this.#messages.clear()
    return all
  }
}
