/** A map that holds at most `capacity` entries and forgets the one that was not used for longest. */
export class LruCache<K, V> {
  readonly #capacity: number
  /** In the order of last use, oldest first: a Map keeps insertion order, and a use inserts anew. */
  readonly #entries = new Map<K, V>()
  /** Told of each value that is forgotten to make room. */
  readonly #evicted: (value: V) => void

  constructor(capacity: number, evicted: (value: V) => void = () => {}) {
    this.#capacity = capacity
    this.#evicted = evicted
  }

  get size(): number {
    return this.#entries.size
  }

  /** Whether there is an entry; not a use of it. */
  has(key: K): boolean {
    return this.#entries.has(key)
  }

  get(key: K): V | undefined {
    const value = this.#entries.get(key)
    if (value === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, value)
    return value
  }

  set(key: K, value: V): void {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    if (this.#entries.size <= this.#capacity) return
    for (const [oldest, forgotten] of this.#entries) {
      this.#entries.delete(oldest)
      this.#evicted(forgotten)
      return
    }
  }

  /** Takes an entry out and returns it. */
  take(key: K): V | undefined {
    const value = this.#entries.get(key)
    this.#entries.delete(key)
    return value
  }

  values(): IterableIterator<V> {
    return this.#entries.values()
  }

  clear(): void {
    this.#entries.clear()
  }
}
