import { UsageError } from '@testudo/core'
import type { GroupEvent } from './events.js'
import { EVENT_OVERHEAD_BYTES, EVENTS_BYTES_MAX, EVENTS_MAX } from './limits.js'

type Result = IteratorResult<GroupEvent, undefined>

interface Taker {
  resolve(result: Result): void
  reject(error: unknown): void
}

/** Slots in front that may be empty before the rest moves up. */
const COMPACT_AT = 4_096
const DONE: Result = { value: undefined, done: true }

/** Events on their way to the one consumer. It is never cut: whoever fills it stops when it is full. */
export class EventQueue {
  /** Called when it becomes full. */
  readonly #filled: () => void
  /** Called when half of a full queue was taken. */
  readonly #drained: () => void
  /** From `#head` on: what waits. */
  #events: (GroupEvent | undefined)[] = []
  /** Where the oldest is. */
  #head = 0
  /** Payload and overhead of all. */
  #bytes = 0
  /** From full until half was taken. */
  #full = false
  /** The consumer, when it waits. */
  #taker: Taker | undefined
  /** Whether somebody iterates. */
  #taken = false
  /** How it ends when all was taken. */
  #end: { readonly error: unknown } | undefined

  constructor(filled: () => void, drained: () => void) {
    this.#filled = filled
    this.#drained = drained
  }

  push(event: GroupEvent): void {
    if (this.#end !== undefined) return
    if (this.#taker !== undefined) {
      const taker = this.#taker
      this.#taker = undefined
      taker.resolve({ value: event, done: false })
      return
    }
    this.#events.push(event)
    this.#bytes += bytesOf(event)
    if (this.#full || (this.#length < EVENTS_MAX && this.#bytes < EVENTS_BYTES_MAX)) return
    this.#full = true
    this.#filled()
  }

  /** Nothing comes after what waits, except the error if there is one. */
  end(error?: unknown): void {
    if (this.#end !== undefined) return
    this.#end = { error }
    const taker = this.#taker
    this.#taker = undefined
    if (taker === undefined) return
    if (error === undefined) taker.resolve(DONE)
    else taker.reject(error)
  }

  /** Throws a `UsageError` (`one-consumer`) while another iteration goes on. */
  iterate(signal: AbortSignal | undefined): AsyncIterableIterator<GroupEvent, undefined> {
    if (this.#taken) throw new UsageError('one-consumer', 'somebody else iterates over the events of this group')
    this.#taken = true
    let over = false
    const abort = (): void => {
      this.#taker?.reject(aborted(signal))
      this.#taker = undefined
    }
    signal?.addEventListener('abort', abort, { once: true })
    const finish = (): void => {
      if (over) return
      over = true
      this.#taken = false
      signal?.removeEventListener('abort', abort)
    }
    return {
      next: () => {
        if (over) return Promise.resolve(DONE)
        if (signal?.aborted !== true) return this.#next(finish)
        finish()
        return Promise.reject(aborted(signal))
      },
      return: () => {
        finish()
        this.#taker?.resolve(DONE)
        this.#taker = undefined
        return Promise.resolve(DONE)
      },
      [Symbol.asyncIterator]() {
        return this
      },
    }
  }

  get #length(): number {
    return this.#events.length - this.#head
  }

  #next(finish: () => void): Promise<Result> {
    const event = this.#events[this.#head]
    if (event !== undefined) {
      this.#take(event)
      return Promise.resolve({ value: event, done: false })
    }
    if (this.#end !== undefined) {
      finish()
      return this.#end.error === undefined ? Promise.resolve(DONE) : Promise.reject(this.#end.error)
    }
    if (this.#taker !== undefined) {
      return Promise.reject(new UsageError('one-consumer', 'the event before is still being waited for'))
    }
    return new Promise((resolve, reject) => {
      this.#taker = { resolve, reject }
    })
  }

  #take(event: GroupEvent): void {
    this.#events[this.#head++] = undefined
    this.#bytes -= bytesOf(event)
    if (this.#head === this.#events.length || (this.#head >= COMPACT_AT && this.#head * 2 >= this.#events.length)) {
      this.#events = this.#events.slice(this.#head)
      this.#head = 0
    }
    if (!this.#full || this.#length > EVENTS_MAX / 2 || this.#bytes > EVENTS_BYTES_MAX / 2) return
    this.#full = false
    this.#drained()
  }
}

function bytesOf(event: GroupEvent): number {
  return EVENT_OVERHEAD_BYTES + (event.type === 'deliver' ? event.payload.length : 0)
}

/** What a wait rejects with when its signal fires. */
export function aborted(signal: AbortSignal | undefined): UsageError {
  return new UsageError('aborted', 'the signal was aborted', { cause: signal?.reason })
}
