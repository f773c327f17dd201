import type { Bytes, ProcessId, TransportHandler } from '@testudo/core'
import { FRAME_COST_BYTES } from './limits.js'

/** What one process has not been told yet of one connection. Two lanes, one at each end, make the connection. */
export class Lane {
  readonly peer: ProcessId
  /** Frames from the peer, oldest first, those before `#first` handed over. Bounded by `queueBytesMax`. */
  #frames: Bytes[] = []
  #first = 0
  #bytes = 0
  /** Whether `connect` was handed over, and `disconnect` is therefore owed. */
  #told = false
  #broken = false
  #warning: string | undefined
  #other: Lane | undefined

  constructor(peer: ProcessId) {
    this.peer = peer
  }

  /** The two ends of a new connection between `a` and `b`: first the one at `a`. */
  static pair(a: ProcessId, b: ProcessId): readonly [Lane, Lane] {
    const atA = new Lane(b)
    const atB = new Lane(a)
    atA.#other = atB
    atB.#other = atA
    return [atA, atB]
  }

  /** Whether the connection was not broken or ended. */
  get holds(): boolean {
    return !this.#broken
  }

  /** Whether frames may be sent: the process was told of the connection, and it holds. */
  get up(): boolean {
    return this.#told && !this.#broken
  }

  /** Whether there is nothing more to tell, now and later. */
  get over(): boolean {
    return this.#broken && !this.#told && this.#waiting === 0
  }

  /** Sends a copy of a frame to the other end. False if it found no room; the connection should then be broken. */
  send(bytes: Bytes, queueBytesMax: number): boolean {
    const other = this.#other
    if (other === undefined) return true
    const cost = FRAME_COST_BYTES + bytes.length
    if (other.#bytes + cost > queueBytesMax) return false
    other.#frames.push(Uint8Array.from(bytes))
    other.#bytes += cost
    return true
  }

  /** Breaks the connection: what is on its way, both ways, is lost. */
  break(warning?: string): void {
    this.#warning = warning
    this.#lose()
    if (this.#other !== undefined) this.#other.#lose()
  }

  /** Ends the connection from this end: what was sent before still arrives. */
  close(): void {
    this.#lose()
    if (this.#other !== undefined) this.#other.#broken = true
  }

  /** Tells everything there is, or everything but frames. */
  tell(handler: TransportHandler, paused: () => boolean): void {
    if (!this.#told && !(this.#broken && this.#waiting === 0)) {
      this.#told = true
      handler.connect(this.peer)
    }
    // What comes in while these are handed over waits for the next turn.
    for (let left = this.#waiting; left > 0 && this.#waiting > 0 && !paused(); left--) {
      handler.receive(this.peer, this.#take())
    }
    if (!this.#broken || this.#waiting > 0) return
    if (this.#warning !== undefined) {
      handler.warn({ code: 'queue-full', peer: this.peer, message: this.#warning })
      this.#warning = undefined
    }
    if (!this.#told) return
    this.#told = false
    handler.disconnect(this.peer)
  }

  get #waiting(): number {
    return this.#frames.length - this.#first
  }

  /** Takes the oldest frame. The array is cut when all of it was taken: `shift` moves a long one every time. */
  #take(): Bytes {
    const frame = this.#frames[this.#first++] as Bytes
    this.#bytes -= FRAME_COST_BYTES + frame.length
    if (this.#waiting > 0) return frame
    this.#frames = []
    this.#first = 0
    return frame
  }

  #lose(): void {
    this.#broken = true
    this.#frames = []
    this.#first = 0
    this.#bytes = 0
  }
}
