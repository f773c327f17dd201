import type { Bytes, Random } from '@testudo/core'

/**
 * A seeded source of numbers (sfc32): the same seed and the same draws give the same numbers on every machine. Not for
 * secrets. `fork` names an independent stream, so that one part of a run drawing more does not shift the others.
 */
export class Prng implements Random {
  /** The text that the stream was seeded with: what forks derive theirs from. */
  readonly #seed: string
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(seed: number | string) {
    this.#seed = String(seed)
    this.#a = textHash(this.#seed, 0x9e3779b9)
    this.#b = textHash(this.#seed, 0x85ebca6b)
    this.#c = textHash(this.#seed, 0xc2b2ae35)
    for (let i = 0; i < 15; i++) this.next()
  }

  /** A stream of its own, fixed by this one's seed and the name, however many numbers were drawn from this one. */
  fork(name: string): Prng {
    return new Prng(`${this.#seed}/${name}`)
  }

  /** An integer from 0 to 2^32 - 1. */
  next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return sum >>> 0
  }

  /** A number from 0 up to, but not including, 1. */
  float(): number {
    return this.next() / 0x1_0000_0000
  }

  /** A number from `low` up to, but not including, `high`. */
  between(low: number, high: number): number {
    return low + this.float() * (high - low)
  }

  /** An integer from 0 to `bound - 1`; 0 when the bound is not positive. */
  below(bound: number): number {
    return Math.floor(this.float() * Math.max(1, bound))
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.float() < probability
  }

  /** One of the items, or undefined when there is none. */
  pick<T>(items: readonly T[]): T | undefined {
    return items[this.below(items.length)]
  }

  /** The items in a random order, in a new array. */
  shuffled<T>(items: readonly T[]): T[] {
    const order = [...items]
    for (let i = order.length - 1; i > 0; i--) {
      const j = this.below(i + 1)
      const held = order[i] as T
      order[i] = order[j] as T
      order[j] = held
    }
    return order
  }

  bytes(length: number): Bytes {
    const made = new Uint8Array(length)
    for (let i = 0; i < length; i++) made[i] = this.next()
    return made
  }
}

function textHash(text: string, start: number): number {
  let hash = start | 0
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
    hash ^= hash >>> 15
  }
  return Math.imul(hash, 0x2c1b3c6d)
}
