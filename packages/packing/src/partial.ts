import type { Bytes } from '@testudo/core'

/** A message of which some fragments are here. */
export class Partial {
  /** The bytes of the whole message, as its sender announced them. */
  readonly total: number
  /** When it was begun, among all that were begun in the view. */
  readonly begun: number
  /** What is here, and some room. */
  #bytes: Bytes
  /** How many bytes are here. */
  #filled: number

  constructor(total: number, begun: number, first: Bytes) {
    this.total = total
    this.begun = begun
    this.#bytes = first.slice()
    this.#filled = first.length
  }

  /** How many bytes are missing. */
  get missing(): number {
    return this.total - this.#filled
  }

  /** What is here and the room behind it; all of the message once nothing is missing. */
  get bytes(): Bytes {
    return this.#bytes
  }

  /** Puts a fragment behind the others. It is not longer than what is missing. */
  append(fragment: Bytes): void {
    const filled = this.#filled + fragment.length
    if (filled > this.#bytes.length) this.#grow(filled)
    this.#bytes.set(fragment, this.#filled)
    this.#filled = filled
  }

  /**
   * At most twice what is here, never all that was announced: room for 16 MiB takes 4 ms to make (measured), which a
   * liar could ask for with 20 bytes, again and again.
   */
  #grow(filled: number): void {
    const larger = new Uint8Array(Math.min(this.total, 2 * filled))
    larger.set(this.#bytes)
    this.#bytes = larger
  }
}
