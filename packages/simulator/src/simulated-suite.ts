import {
  type Bytes,
  type Claim,
  type Identity,
  isProcessId,
  type ProcessId,
  processIdOf,
  type Signer,
  type Suite,
} from '@testudo/core'
import { type Key, mix } from './hash.js'
import { Prng } from './prng.js'

/** The length of a simulated signature, the same as Ed25519's. */
export const SIGNATURE_BYTES = 64

/** The stand-in for cryptography in a simulation. */
export interface SimulatedSuite extends Suite {
  /** The identity number `index`: the same for the same seed. Its secret stays inside the suite. */
  identity(index: number): Identity
}

const HASH_KEY: Key = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a]

/**
 * Cheap cryptography for simulations: a signature is a keyed hash under a secret that never leaves the suite, so a liar
 * that has only ports cannot forge one, and a check costs about as much as reading the bytes. `unsafeExportSeed` gives
 * bytes that serve nothing. Never outside of tests.
 */
export function simulatedSuite(seed: number | string): SimulatedSuite {
  return new Simulated(new Prng(seed).fork('suite'))
}

class Simulated implements SimulatedSuite {
  readonly #prng: Prng
  /** Draws for `bytes`. */
  readonly #random: Prng
  readonly #secrets = new Map<ProcessId, Key>()
  readonly #identities = new Map<number, Identity>()

  constructor(prng: Prng) {
    this.#prng = prng
    this.#random = prng.fork('random')
  }

  identity(index: number): Identity {
    const known = this.#identities.get(index)
    if (known !== undefined) return known
    const prng = this.#prng.fork(`identity/${index}`)
    const id = processIdOf(prng.bytes(32))
    const secret: Key = [prng.next(), prng.next(), prng.next(), prng.next()]
    this.#secrets.set(id, secret)
    const signer: Signer = { sign: (bytes) => mix(secret, bytes, SIGNATURE_BYTES) }
    const exported = prng.bytes(32)
    const identity: Identity = { id, signer, suite: this, unsafeExportSeed: () => exported.slice() }
    this.#identities.set(index, identity)
    return identity
  }

  verify(claim: Claim): boolean {
    const secret = this.#secrets.get(claim.signer)
    if (secret === undefined || claim.signature.length !== SIGNATURE_BYTES) return false
    const expected = mix(secret, claim.bytes, SIGNATURE_BYTES)
    for (let i = 0; i < SIGNATURE_BYTES; i++) if (expected[i] !== claim.signature[i]) return false
    return true
  }

  verifyAll(claims: readonly Claim[]): Promise<readonly boolean[]> {
    return Promise.resolve(claims.map((claim) => this.verify(claim)))
  }

  hash(bytes: Bytes): Bytes {
    return mix(HASH_KEY, bytes, 32)
  }

  bytes(length: number): Bytes {
    return this.#random.bytes(length)
  }

  admissible(id: ProcessId): boolean {
    return isProcessId(id)
  }
}
