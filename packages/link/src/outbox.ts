import type { Bytes, Instant } from '@testudo/core'
import { OUTBOX_BYTES_MAX, OUTBOX_FRAMES_MAX } from './limits.js'

/** A payload that has a number and is not acknowledged yet. */
export interface Outgoing {
  readonly seq: number
  /** The payload's length: what the byte limits count. */
  readonly size: number
  /** The payload until the frame is made, then the frame: one of both is enough to keep. */
  bytes: Bytes
  /** Whether `bytes` is the frame. It cannot be made before the peer's session is known. */
  framed: boolean
  /** How often it was handed to the transport. */
  tries: number
  sentAt: Instant
}

/** Slots in front that may be empty before the rest moves up. */
const COMPACT_AT = 1_024

/** What one peer is owed, in order: first what is in flight, then what was not sent yet. */
export class Outbox {
  /** From `#head` on: the frames from `#first` up. */
  #entries: (Outgoing | undefined)[] = []
  /** Where the oldest frame is. */
  #head = 0
  /** The number of the oldest frame kept. */
  #first = 1
  /** How many of the oldest were sent since the last rewind. */
  #inFlight = 0
  /** Their bytes. */
  #inFlightBytes = 0
  /** How many of the oldest were ever sent, before a rewind too: what the peer can have received. */
  #everSent = 0
  /** Payload bytes of all. */
  #bytes = 0

  get frames(): number {
    return this.#entries.length - this.#head
  }

  get inFlight(): number {
    return this.#inFlight
  }

  get inFlightBytes(): number {
    return this.#inFlightBytes
  }

  /** The highest number that the peer can have received. */
  get sentUpTo(): number {
    return this.#first - 1 + this.#everSent
  }

  hasRoom(size: number): boolean {
    return this.frames < OUTBOX_FRAMES_MAX && this.#bytes + size <= OUTBOX_BYTES_MAX
  }

  get halfEmpty(): boolean {
    return this.frames <= OUTBOX_FRAMES_MAX / 2 && this.#bytes <= OUTBOX_BYTES_MAX / 2
  }

  push(payload: Bytes, now: Instant): void {
    const seq = this.#first + this.frames
    this.#entries.push({ seq, size: payload.length, bytes: payload, framed: false, tries: 0, sentAt: now })
    this.#bytes += payload.length
  }

  /** The frame of this number, if it is in flight. */
  at(seq: number): Outgoing | undefined {
    const place = seq - this.#first
    return place >= 0 && place < this.#inFlight ? this.#entries[this.#head + place] : undefined
  }

  /** The next frame to send for the first time since the last rewind. */
  next(): Outgoing | undefined {
    return this.#entries[this.#head + this.#inFlight]
  }

  /** The frame that `next` gave is on its way. */
  sent(entry: Outgoing): void {
    this.#inFlight++
    this.#inFlightBytes += entry.size
    this.#everSent = Math.max(this.#everSent, this.#inFlight)
  }

  /** Whether something here was sent before: by now, or before a rewind. */
  get anySent(): boolean {
    return this.#everSent > 0
  }

  get first(): number {
    return this.#first
  }

  /** Forgets what was received, up to `ack`, and returns the newest of it. Only called with `ack <= sentUpTo`. */
  acknowledge(ack: number): Outgoing | undefined {
    let newest: Outgoing | undefined
    while (this.#first <= ack) {
      newest = this.#entries[this.#head] as Outgoing
      this.#entries[this.#head++] = undefined
      this.#first++
      this.#everSent--
      this.#bytes -= newest.size
      if (this.#inFlight === 0) continue // sent before a rewind
      this.#inFlight--
      this.#inFlightBytes -= newest.size
    }
    if (this.#head === this.#entries.length || (this.#head >= COMPACT_AT && this.#head * 2 >= this.#entries.length)) {
      this.#entries = this.#entries.slice(this.#head)
      this.#head = 0
    }
    return newest
  }

  /** Whatever was in flight counts as lost: all is to be sent (again). */
  rewind(): void {
    this.#inFlight = 0
    this.#inFlightBytes = 0
  }

  /** The peer is another incarnation: nothing of this was meant for it. */
  clear(): void {
    this.#entries = []
    this.#head = 0
    this.#first = 1
    this.#everSent = 0
    this.#bytes = 0
    this.rewind()
  }
}
