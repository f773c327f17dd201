import type { Bytes, ProcessId } from '@testudo/core'
import { UNSTABLE_BYTES_MAX, UNSTABLE_MAX } from './limits.js'

/** Messages that wait until their multicasts are stable, by sender: [R94] 7. Who has too many is held back. */
export class Unstable {
  /** Oldest first. */
  readonly #messages: Map<ProcessId, { readonly echoSeq: number; readonly payload: Bytes }[]> = new Map()
  readonly #bytes: Map<ProcessId, number> = new Map()

  /** How full a sender's share is: from 1 on it is held back, until it is down to half. */
  fill(sender: ProcessId): number {
    const messages = this.#messages.get(sender)?.length ?? 0
    return Math.max(messages / UNSTABLE_MAX, (this.#bytes.get(sender) ?? 0) / UNSTABLE_BYTES_MAX)
  }

  add(sender: ProcessId, echoSeq: number, payload: Bytes): void {
    const waiting = this.#messages.get(sender) ?? []
    waiting.push({ echoSeq, payload })
    this.#count(sender, payload.length)
    this.#messages.set(sender, waiting)
  }

  /** Takes out those of a sender whose multicasts have a number up to this one. */
  takeUpTo(sender: ProcessId, echoSeq: number): readonly Bytes[] {
    const waiting = this.#messages.get(sender) ?? []
    const later = waiting.findIndex((message) => message.echoSeq > echoSeq)
    const taken = waiting.splice(0, later < 0 ? waiting.length : later).map(({ payload }) => payload)
    for (const { length } of taken) this.#count(sender, -length)
    return taken
  }

  #count(sender: ProcessId, bytes: number): void {
    this.#bytes.set(sender, (this.#bytes.get(sender) ?? 0) + bytes)
  }

  /** Takes out all: those of one sender in its order. */
  takeAll(): readonly (readonly [ProcessId, Bytes])[] {
    const all = [...this.#messages].flatMap(([sender, waiting]) =>
      waiting.map(({ payload }) => [sender, payload] as const),
    )
    this.#messages.clear()
    this.#bytes.clear()
    return all
  }
}
