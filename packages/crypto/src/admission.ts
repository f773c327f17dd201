import type { EdwardsPoint } from '@noble/curves/abstract/edwards.js'
import { ed25519 } from '@noble/curves/ed25519.js'
import { isProcessId, type ProcessId, processIdBytes } from '@testudo/core'
import { KEYS_CACHED_MAX } from './limits.js'
import { LruCache } from './lru-cache.js'

/**
 * The point of a public key that may be a member's, or undefined: the text must be an id's, the bytes the canonical
 * encoding of a point, and the point of prime order. A key with a torsion component is what makes the cofactored and
 * the cofactorless equation, and so libraries, disagree about a signature.
 */
export function primeOrderPoint(id: ProcessId): EdwardsPoint | undefined {
  if (!isProcessId(id)) return undefined
  const point = decodePoint(id)
  if (point === undefined || point.is0() || !point.isTorsionFree()) return undefined
  return point
}

function decodePoint(id: ProcessId): EdwardsPoint | undefined {
  try {
    return ed25519.Point.fromBytes(processIdBytes(id), false)
  } catch {
    return undefined // not a canonical encoding of a point: noble has no other way to say so
  }
}

/**
 * Public keys with what a back end made of them, at most `KEYS_CACHED_MAX`. Refusals are remembered too: checking the
 * order of a point takes about a millisecond, which a stranger must not be able to claim for each message.
 */
export class AdmittedKeys<K> {
  readonly #prepare: (id: ProcessId, point: EdwardsPoint) => K
  readonly #known = new LruCache<ProcessId, { readonly key: K | undefined }>(KEYS_CACHED_MAX)

  constructor(prepare: (id: ProcessId, point: EdwardsPoint) => K) {
    this.#prepare = prepare
  }

  /** How many keys are remembered. */
  get size(): number {
    return this.#known.size
  }

  /** The prepared key, or undefined if it is inadmissible. */
  get(id: ProcessId): K | undefined {
    const known = this.#known.get(id)
    if (known !== undefined) return known.key
    if (!isProcessId(id)) return undefined // not remembered: such a text has any length
    const point = primeOrderPoint(id)
    const key = point === undefined ? undefined : this.#prepare(id, point)
    this.#known.set(id, { key })
    return key
  }
}
