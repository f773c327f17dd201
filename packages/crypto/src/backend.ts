import type { Bytes, Claim, ProcessId } from '@testudo/core'

/** An Ed25519 key pair. The seed is held inside and shows nowhere. */
export interface SigningKey {
  /** 32 bytes. */
  readonly publicKey: Bytes
  /** The 64 bytes of the RFC 8032 signature: the same bytes give the same signature. */
  sign(bytes: Bytes): Bytes
}

/** An X25519 key pair. The secret is held inside and shows nowhere. */
export interface AgreementKey {
  /** 32 bytes. */
  readonly publicKey: Bytes
  /**
   * The 32 bytes that both sides compute (RFC 7748 6.1), or undefined if the peer's key has not 32 bytes or gives
   * all zeros. The top bit and values from p up are taken as RFC 7748 5 says: masked and reduced.
   */
  sharedSecret(peer: Bytes): Bytes | undefined
}

/** The ciphers on offer: both with a key of 32 bytes, a nonce of 12 and a tag of 16 behind the ciphertext. */
export type Cipher = 'aes-256-gcm' | 'chacha20-poly1305'

/** What an AEAD seals or opens with. One pair of key and nonce seals once, ever. */
export interface Sealing {
  readonly cipher: Cipher
  readonly key: Bytes
  readonly nonce: Bytes
  /** Authenticated, not encrypted. Empty when absent. */
  readonly aad?: Bytes
}

/** What HKDF-SHA256 derives from. */
export interface Derivation {
  readonly secret: Bytes
  /** Empty when absent, which RFC 5869 makes the same as 32 zeros. */
  readonly salt?: Bytes
  readonly info: Bytes
  /** 1 to `HKDF_BYTES_MAX`. */
  readonly length: number
}

/**
 * The primitives. Both back ends give the same answer to every input: what comes from peers is answered by a value
 * (`false`, `undefined`), wrong local use by a `UsageError` with the same code. Results are plain `Uint8Array`s of
 * their own.
 */
export interface Backend {
  readonly name: 'node' | 'noble'
  /** The key pair of a seed of 32 bytes, which is copied. Throws `seed-length`. */
  signingKey(seed: Bytes): SigningKey
  /** Whether the key is a canonical encoding of a point of prime order. The verdict is remembered. */
  admissible(id: ProcessId): boolean
  /** The one rule (see the README): an admissible signer, S below the group order, and the bytes of R as recomputed. */
  verify(claim: Claim): boolean
  /**
   * The verdicts in the order of the claims. On Node in the thread pool, at most `VERIFY_IN_FLIGHT_MAX` at a time; with
   * noble on this thread, letting the event loop run after every `VERIFY_SLICE`. The claims must not be written to
   * before the promise is settled.
   */
  verifyAll(claims: readonly Claim[]): Promise<readonly boolean[]>
  /** The key pair of an X25519 secret of 32 bytes, which is copied. Throws `secret-length`. */
  agreementKey(secret: Bytes): AgreementKey
  sha256(bytes: Bytes): Bytes
  hmacSha256(key: Bytes, bytes: Bytes): Bytes
  /** Throws `output-length`. */
  hkdfSha256(derivation: Derivation): Bytes
  /** Ciphertext and tag. Throws `key-length`, `nonce-length`, `message-size`. */
  seal(sealing: Sealing, plaintext: Bytes): Bytes
  /** The plaintext, or undefined if these are not ciphertext and tag under this key, nonce and aad. Throws `key-length`. */
  open(sealing: Sealing, ciphertext: Bytes): Bytes | undefined
}
