import type { Bytes, Instant, ProcessId } from './types.js'

/** Signs as this process. Deterministic: the same bytes give the same signature. Domain texts are in the bytes. */
export interface Signer {
  sign(bytes: Bytes): Bytes
}

/**
 * A signature that somebody will want checked. It is an object of its own so that a runtime can check it ahead on
 * another thread and remember the verdict with the object, with no copy and no lookup by content.
 */
export interface Claim {
  readonly signer: ProcessId
  readonly bytes: Bytes
  readonly signature: Bytes
}

/** Checks signatures under the one rule of the project (strict RFC 8032). Total: any bytes give an answer. */
export interface Verifier {
  verify(claim: Claim): boolean
}

/** A collision-resistant hash with 32 bytes of output: [R94]'s message digest function f. */
export interface Hasher {
  hash(bytes: Bytes): Bytes
}

/** Unpredictable bytes (in the simulator: drawn from the seed). */
export interface Random {
  bytes(length: number): Bytes
}

/** The local monotonic clock and its alarms. `fire` is called at or after `at`, never from within `wake`. */
export interface Clock {
  now(): Instant
  wake(at: Instant, fire: () => void): { cancel(): void }
}

/** The cryptography that a process runs on. `@testudo/crypto` makes it; protocols only see its ports. */
export interface Suite extends Verifier, Hasher, Random {
  /** Checks many claims, off the calling thread where the platform can; verdicts in the order of the claims. */
  verifyAll(claims: readonly Claim[]): Promise<readonly boolean[]>
  /** Whether this key may be a member's: canonical, and of prime order (no small or mixed-order key). */
  admissible(id: ProcessId): boolean
}

/** Who this process is. The secret never appears in `toString`, JSON or `util.inspect`. */
export interface Identity {
  readonly id: ProcessId
  readonly signer: Signer
  readonly suite: Suite
  /** The 32-byte Ed25519 seed, for a transport that must prove the key or a key file that must keep it. */
  unsafeExportSeed(): Bytes
}
