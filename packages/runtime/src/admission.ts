import { type Bytes, UsageError } from '@testudo/core'
import { aborted } from './event-queue.js'
import { WAITING_MAX } from './limits.js'
import { Outstanding, type Settle } from './outstanding.js'

/** A caller of `multicast` that waits for room. */
interface Caller {
  readonly bytes: Bytes
  readonly ordered: boolean
  readonly settle: Settle
  /** It does not wait any more. */
  gone: boolean
}

/** Hands an accepted message to the protocol. */
export type Hand = (bytes: Bytes) => void

/** Backpressure: lets messages in while there is room, in the order of the calls. */
export class Admission {
  readonly #hand: Hand
  /** Accepted, not delivered here. */
  readonly #outstanding = new Outstanding()
  /** Callers that wait, oldest first; some may be gone. */
  #callers: Caller[] = []
  /** How many of them are not gone. */
  #waiting = 0
  /** Who waits for room without a message. */
  #room: { readonly promise: Promise<void>; readonly settle: Settle } | undefined
  /** Whether the first view is here. */
  #open = false
  /** Whether nothing is delivered before the application takes events: then nobody may wait for a delivery. */
  #stalled = false
  /** Why nothing is accepted any more. */
  #refusal: UsageError | undefined

  constructor(hand: Hand) {
    this.#hand = hand
  }

  get refusal(): UsageError | undefined {
    return this.#refusal
  }

  get hasRoom(): boolean {
    return this.#open && this.#waiting === 0 && this.#outstanding.hasRoom
  }

  /** Accepts a message. Only called while `hasRoom`. */
  accept(bytes: Bytes, settle: Settle | undefined): void {
    this.#outstanding.add(bytes.length, settle)
    this.#hand(bytes)
  }

  /** Accepts when there is room, and settles then, or when the message was delivered here. */
  request(bytes: Bytes, ordered: boolean, signal: AbortSignal | undefined): Promise<void> {
    if (this.#stalled) return Promise.reject(eventsFull())
    if (this.#waiting === WAITING_MAX) {
      const hint = 'await multicast, or ask tryMulticast and wait for writable()'
      return Promise.reject(new UsageError('overflow', `${WAITING_MAX} callers wait for room already`, { hint }))
    }
    return new Promise((resolve, reject) => {
      const caller: Caller = {
        bytes,
        ordered,
        gone: false,
        settle: abortable({ resolve, reject }, signal, () => this.#leave(caller)),
      }
      if (this.hasRoom) {
        caller.gone = true
        this.#admit(caller)
        return
      }
      this.#callers.push(caller)
      this.#waiting++
    })
  }

  /** Settles when there is room. */
  room(signal: AbortSignal | undefined): Promise<void> {
    if (this.#refusal !== undefined) return Promise.reject(this.#refusal)
    if (this.hasRoom) return Promise.resolve()
    if (this.#stalled) return Promise.reject(eventsFull())
    if (this.#room === undefined) {
      let settle: Settle | undefined
      const promise = new Promise<void>((resolve, reject) => {
        settle = { resolve, reject }
      })
      promise.catch(() => undefined) // whoever was given it hears of it; it is ours to hold
      this.#room = { promise, settle: settle as unknown as Settle }
    }
    const { promise } = this.#room
    if (signal === undefined) return promise
    return new Promise((resolve, reject) => {
      const settle = abortable({ resolve, reject }, signal, () => undefined)
      promise.then(settle.resolve, settle.reject)
    })
  }

  /** The first view is here. */
  open(): void {
    this.#open = true
    this.#next()
  }

  /** The oldest of our messages was delivered here. */
  delivered(): void {
    this.#outstanding.delivered()
    if (this.#waiting > 0 || this.#room !== undefined) this.#next()
  }

  /**
   * Nothing is delivered until `resume`. Who waits for a delivery may be the one who has to take the events: all waits
   * end, or they never would.
   */
  stall(): void {
    if (this.#stalled) return
    this.#stalled = true
    const error = eventsFull()
    this.#outstanding.forsake(error)
    this.#turnAway(error)
  }

  resume(): void {
    this.#stalled = false
  }

  /** Nothing is accepted any more, and what was accepted may never be delivered. */
  refuse(error: UsageError): void {
    if (this.#refusal !== undefined) return
    this.#refusal = error
    this.#open = false
    this.#outstanding.reject(error)
    this.#turnAway(error)
  }

  /** Ends all waits for room. */
  #turnAway(error: UsageError): void {
    const callers = this.#callers
    this.#callers = []
    this.#waiting = 0
    for (const caller of callers) {
      if (caller.gone) continue
      caller.gone = true
      caller.settle.reject(error)
    }
    this.#room?.settle.reject(error)
    this.#room = undefined
  }

  #next(): void {
    while (this.#open && this.#outstanding.hasRoom) {
      const caller = this.#callers.shift()
      if (caller === undefined) break
      if (caller.gone) continue
      caller.gone = true
      this.#waiting--
      this.#admit(caller)
    }
    if (!this.hasRoom) return
    this.#room?.settle.resolve()
    this.#room = undefined
  }

  #admit({ bytes, ordered, settle }: Caller): void {
    this.accept(bytes, ordered ? settle : undefined)
    if (ordered) return
    if (this.#refusal === undefined) settle.resolve()
    else settle.reject(this.#refusal)
  }

  #leave(caller: Caller): void {
    if (caller.gone) return
    caller.gone = true
    this.#waiting--
    this.#callers = this.#callers.filter((other) => other !== caller)
    this.#next()
  }
}

function eventsFull(): UsageError {
  const message = 'events() is full: nothing is delivered, and no room is made, before half of it was taken'
  const hint = 'take events while you wait: do not await multicast within the loop that takes them'
  return new UsageError('events-full', message, { hint })
}

/** Settles once; rejects `aborted` when the signal fires first, and says so. */
function abortable(settle: Settle, signal: AbortSignal | undefined, gone: () => void): Settle {
  if (signal === undefined) return settle
  const abort = (): void => {
    settle.reject(aborted(signal))
    gone()
  }
  signal.addEventListener('abort', abort, { once: true })
  return {
    resolve() {
      signal.removeEventListener('abort', abort)
      settle.resolve()
    },
    reject(error) {
      signal.removeEventListener('abort', abort)
      settle.reject(error)
    },
  }
}
