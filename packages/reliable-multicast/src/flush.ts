import { decode, encode } from '@testudo/codec'
import type { Bytes } from '@testudo/core'
import { FLUSH_BYTES_MAX, FLUSH_PART_BYTES } from './limits.js'
import { flushContent, type ReliableMessage } from './messages.js'
import { withoutRepeats, withRepeats } from './repeats.js'

/**
 * The messages that carry a flush.
 *
 * DEVIATION: [R94] 5 puts commits^x into one multicast. It may hold many megabytes, so it travels as consecutive parts;
 * the flush is E-delivered when its last part is. Repetitions in it are said once.
 */
export function flushParts(commits: readonly Bytes[]): readonly ReliableMessage[] {
  const content = withoutRepeats(encode(flushContent, commits))
  const parts: ReliableMessage[] = []
  for (let at = 0; at < content.length; at += FLUSH_PART_BYTES) {
    const part = content.subarray(at, at + FLUSH_PART_BYTES)
    parts.push({ type: 'flush', last: at + FLUSH_PART_BYTES >= content.length, part })
  }
  return parts
}

/** The flush of one member into one view, as its parts arrive. */
export class FlushAssembly {
  readonly #parts: Bytes[] = []
  #bytes = 0
  #unwanted = false
  #state: 'open' | 'complete' | 'bad' = 'open'

  /**
   * Takes the next part. Every part but the last is full, so that many small ones cannot take more room than they have
   * bytes. What comes after the last part is a second flush, and only the first counts: 'ignored'.
   */
  add(part: Bytes, last: boolean): 'more' | 'complete' | 'bad' | 'ignored' {
    if (this.#state !== 'open') return 'ignored'
    this.#bytes += part.length
    if (this.#bytes > FLUSH_BYTES_MAX || (!last && part.length < FLUSH_PART_BYTES)) {
      this.#state = 'bad'
      this.#parts.length = 0
      return 'bad'
    }
    if (!this.#unwanted) this.#parts.push(part)
    if (!last) return 'more'
    this.#state = 'complete'
    return 'complete'
  }

  /** The view that it goes into was delivered: that it comes still counts, but what is in it no longer. */
  discard(): void {
    this.#unwanted = true
    this.#parts.length = 0
  }

  /** The certificates, once and only once; undefined if the parts are not a list of certificates. */
  take(): readonly Bytes[] | undefined {
    const content = new Uint8Array(this.#bytes)
    let at = 0
    for (const part of this.#parts) {
      content.set(part, at)
      at += part.length
    }
    this.#parts.length = 0
    const whole = withRepeats(content)
    return whole === undefined ? undefined : decode(flushContent, whole)
  }
}
