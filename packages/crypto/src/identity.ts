import { type Bytes, type Identity, type ProcessId, processIdOf, type Signer } from '@testudo/core'
import type { SigningKey } from './backend.js'
import { type CryptoSuite, suite as defaultSuite } from './suite.js'

/** How an identity is made. */
export interface IdentityOptions {
  /** The 32-byte Ed25519 seed, which is copied. Drawn from the suite when absent. */
  readonly seed?: Bytes
  /** `suite()` when absent. */
  readonly suite?: CryptoSuite
}

/** Who this process is: a new key pair, or that of a seed. Throws a `UsageError` (`seed-length`). */
export function createIdentity(options: IdentityOptions = {}): Identity {
  const suite = options.suite ?? defaultSuite()
  return new SeedIdentity(options.seed?.slice() ?? suite.bytes(32), suite)
}

class SeedIdentity implements Identity {
  readonly id: ProcessId
  readonly signer: Signer
  readonly suite: CryptoSuite
  /** Private in the language's sense, so that no inspector, serializer or spread shows it. */
  readonly #seed: Bytes

  constructor(seed: Bytes, suite: CryptoSuite) {
    const key: SigningKey = suite.backend.signingKey(seed)
    this.id = processIdOf(key.publicKey)
    this.signer = { sign: (bytes) => key.sign(bytes) }
    this.suite = suite
    this.#seed = seed
  }

  unsafeExportSeed(): Bytes {
    return this.#seed.slice()
  }

  toString(): string {
    return `Identity(${this.id})`
  }

  toJSON(): { readonly id: ProcessId } {
    return { id: this.id }
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
}
