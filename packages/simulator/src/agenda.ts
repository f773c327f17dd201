import TinyQueue from 'tinyqueue'

/** Something that happens at a virtual time. */
interface Appointment {
  readonly time: number
  /** Breaks ties: what was scheduled first happens first. */
  readonly order: number
  readonly run: () => void
}

/**
 * Virtual time goes in steps of 1/1024 ms: sums of such times are exact, so a clock with another offset shows a layer the
 * same differences to the last bit.
 */
const STEPS_PER_MS = 1024

/** Virtual time and what is to happen in it. */
export class Agenda {
  /** The present, in virtual milliseconds. */
  #now = 0
  #order = 0
  readonly #queue = new TinyQueue<Appointment>([], (a, b) => a.time - b.time || a.order - b.order)

  get now(): number {
    return this.#now
  }

  get length(): number {
    return this.#queue.length
  }

  /** When the next thing happens, or undefined when nothing is left. */
  get next(): number | undefined {
    return this.#queue.peek()?.time
  }

  /** Puts something on the agenda; a time in the past means now. */
  at(time: number, run: () => void): void {
    const rounded = Math.ceil(time * STEPS_PER_MS) / STEPS_PER_MS
    this.#queue.push({ time: Math.max(rounded, this.#now), order: this.#order++, run })
  }

  /** Lets the next thing happen. False when there was none. */
  step(): boolean {
    const appointment = this.#queue.pop()
    if (appointment === undefined) return false
    this.#now = appointment.time
    appointment.run()
    return true
  }

  /** Lets time pass up to `time` without anything happening. */
  pass(time: number): void {
    this.#now = Math.max(this.#now, time)
  }
}
