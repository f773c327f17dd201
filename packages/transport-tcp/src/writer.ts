import type { Bytes } from '@testudo/core'
import { HEADER_BYTES, HEARTBEAT } from './frames.js'
import { BATCH_BYTES, COPY_BYTES_MAX } from './limits.js'

/** The part of a socket that frames are written to. */
export interface Sink {
  /** Bytes handed to `write` and not yet taken by the operating system. */
  readonly writableLength: number
  write(bytes: Uint8Array): boolean
  cork(): void
  uncork(): void
}

/** Puts frames on a socket: those of one turn of the event loop together, small ones joined, large ones not copied. */
export class FrameWriter {
  readonly #sink: Sink
  readonly #queueBytesMax: number
  readonly #overflow: () => void
  /** Frames of this turn, and their bytes with headers. */
  #frames: Bytes[] = []
  #bytes = 0
  #scheduled: NodeJS.Immediate | undefined
  #wrote = false

  /** `overflow` is called at most once, when the queue passed `queueBytesMax`; nothing is written after that. */
  constructor(sink: Sink, queueBytesMax: number, overflow: () => void) {
    this.#sink = sink
    this.#queueBytesMax = queueBytesMax
    this.#overflow = overflow
  }

  /** Queues a frame. Its bytes must not change until they were written. */
  push(frame: Bytes): void {
    this.#frames.push(frame)
    this.#bytes += HEADER_BYTES + frame.length
    if (this.#bytes >= BATCH_BYTES) {
      this.flush()
      return
    }
    // An immediate, not a microtask: what several reads of one turn give rise to leaves together.
    this.#scheduled ??= setImmediate(this.#flushScheduled)
  }

  /** Writes what is queued. */
  flush(): void {
    if (this.#frames.length === 0) return
    const frames = this.#frames
    const bytes = this.#bytes
    this.#frames = []
    this.#bytes = 0
    if (this.#sink.writableLength + bytes > this.#queueBytesMax) {
      this.stop()
      this.#overflow()
      return
    }
    this.#wrote = true
    writeFrames(this.#sink, frames)
  }

  /** Writes a heartbeat, unless something was written since the last call: that said as much. */
  beat(): void {
    this.flush()
    if (!this.#wrote) {
      const word = Buffer.alloc(HEADER_BYTES)
      word.writeUInt32BE(HEARTBEAT)
      this.#sink.write(word)
    }
    this.#wrote = false
  }

  /** Forgets what is queued. */
  stop(): void {
    if (this.#scheduled !== undefined) clearImmediate(this.#scheduled)
    this.#scheduled = undefined
    this.#frames = []
    this.#bytes = 0
  }

  readonly #flushScheduled = (): void => {
    this.#scheduled = undefined
    this.flush()
  }
}

/** Joins runs of small frames, with the header of the large one behind them, and writes all of it at once. */
function writeFrames(sink: Sink, frames: readonly Bytes[]): void {
  sink.cork()
  let first = 0
  for (let i = 0; i < frames.length; i++) {
    const frame = frames[i] as Bytes
    if (frame.length < COPY_BYTES_MAX) continue
    sink.write(joined(frames, first, i, frame.length))
    sink.write(frame)
    first = i + 1
  }
  if (first < frames.length) sink.write(joined(frames, first, frames.length, undefined))
  sink.uncork()
}

/** The frames from `first` to before `end`, each with its header, and the header of a frame of `next` bytes. */
function joined(frames: readonly Bytes[], first: number, end: number, next: number | undefined): Uint8Array {
  let size = next === undefined ? 0 : HEADER_BYTES
  for (let i = first; i < end; i++) size += HEADER_BYTES + (frames[i] as Bytes).length
  const batch = Buffer.allocUnsafe(size)
  let at = 0
  for (let i = first; i < end; i++) {
    const frame = frames[i] as Bytes
    batch.writeUInt32BE(frame.length, at)
    batch.set(frame, at + HEADER_BYTES)
    at += HEADER_BYTES + frame.length
  }
  if (next !== undefined) batch.writeUInt32BE(next, at)
  return batch
}
