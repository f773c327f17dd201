import { PACKING_STABLE_MARKS_MAX } from './limits.js'

interface Mark {
  /** The number of a packet, counted by the layer below. */
  readonly packet: number
  /** How many messages were complete with it, counted by us. */
  readonly messages: number
}

/** Where the messages of one sender's packets ended, so that the stability of packets can be told of messages. */
export class Marks {
  /** Of packets not yet stable, oldest first, at most `PACKING_STABLE_MARKS_MAX`. */
  #marks: Mark[] = []

  /** Remembers a packet. Beyond the limit it is not remembered: stability is then told later, never wrongly. */
  add(packet: number, messages: number): void {
    if (this.#marks.length < PACKING_STABLE_MARKS_MAX) this.#marks.push({ packet, messages })
  }

  /** The packets up to this one are stable: how many messages, or 0 if none more than were told already. */
  take(packet: number): number {
    let taken = 0
    while (taken < this.#marks.length && (this.#marks[taken] as Mark).packet <= packet) taken++
    if (taken === 0) return 0
    const { messages } = this.#marks[taken - 1] as Mark
    this.#marks = this.#marks.slice(taken)
    return messages
  }
}
