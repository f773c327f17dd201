import type { Receive } from '@testudo/core'
import { ACK_BYTES_MAX, ACK_FRAMES_MAX, ACK_RUNS_MAX, REORDER_BYTES_MAX, WINDOW_FRAMES_MAX } from './limits.js'

/** A view of a buffer so much larger than itself is copied before it is kept. */
const SLACK_BYTES = 4_096

/** What came from one peer: how far it is complete, what came too early, what is not acknowledged yet. */
export class Inbox {
  /** Frames up to this number were handed up. */
  #received = 0
  /** Frames that came too early, by number. */
  readonly #early = new Map<number, Receive>()
  /** Their bytes. */
  #earlyBytes = 0
  /** Frames handed up since the last acknowledgement. */
  #owedFrames = 0
  /** Their bytes. */
  #owedBytes = 0
  /** Whether the sender should hear at once: something is missing, or it repeats itself. */
  #urgent = false

  get received(): number {
    return this.#received
  }

  get early(): number {
    return this.#early.size
  }

  /** Whether some acknowledgement is owed. */
  get owes(): boolean {
    return this.#owedFrames > 0 || this.#urgent
  }

  /** Whether it is owed now, without waiting for a frame to travel on. */
  get owesNow(): boolean {
    return this.#urgent || this.#owedFrames >= ACK_FRAMES_MAX || this.#owedBytes >= ACK_BYTES_MAX
  }

  /** Takes the frame `seq`; hands up whatever is in order now. */
  accept(seq: number, input: Receive, up: (input: Receive) => void): void {
    if (seq === this.#received + 1) {
      this.#handUp(input, up)
      this.#handUpEarly(up)
      return
    }
    this.#urgent = true
    if (seq <= this.#received || seq > this.#received + WINDOW_FRAMES_MAX || this.#early.has(seq)) return
    if (this.#earlyBytes + input.bytes.length > REORDER_BYTES_MAX) return // it will be sent again
    this.#early.set(seq, own(input))
    this.#earlyBytes += input.bytes.length
  }

  #handUp(input: Receive, up: (input: Receive) => void): void {
    this.#received++
    this.#owedFrames++
    this.#owedBytes += input.bytes.length
    up(input)
  }

  #handUpEarly(up: (input: Receive) => void): void {
    while (this.#early.size > 0) {
      const input = this.#early.get(this.#received + 1)
      if (input === undefined) return
      this.#early.delete(this.#received + 1)
      this.#earlyBytes -= input.bytes.length
      this.#handUp(input, up)
    }
  }

  /** Missing and early frames by turns, from the first missing one on. */
  runs(): readonly number[] {
    if (this.#early.size === 0) return []
    const runs: number[] = []
    let left = this.#early.size
    let length = 0
    let here = false
    for (let seq = this.#received + 1; left > 0; seq++) {
      if (this.#early.has(seq) !== here) {
        if (runs.push(length) === ACK_RUNS_MAX) return runs
        here = !here
        length = 0
      }
      length++
      if (here) left--
    }
    runs.push(length)
    return runs
  }

  /** An acknowledgement is on its way. */
  acknowledged(): void {
    this.#owedFrames = 0
    this.#owedBytes = 0
    this.#urgent = false
  }

  /** The peer is another incarnation: it begins at 1. */
  clear(): void {
    this.#received = 0
    this.#early.clear()
    this.#earlyBytes = 0
    this.acknowledged()
  }
}

/** What may be kept without keeping a much larger buffer alive. A copy loses what was read ahead: slower, not wrong. */
function own(input: Receive): Receive {
  if (input.bytes.buffer.byteLength <= 2 * input.bytes.length + SLACK_BYTES) return input
  return { type: 'receive', from: input.from, bytes: input.bytes.slice() }
}
