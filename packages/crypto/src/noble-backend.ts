import { gcm } from '@noble/ciphers/aes.js'
import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import type { EdwardsPoint } from '@noble/curves/abstract/edwards.js'
import { ed25519, x25519 } from '@noble/curves/ed25519.js'
import { bytesToNumberLE } from '@noble/curves/utils.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { type Bytes, type Claim, equalBytes, type ProcessId, processIdBytes } from '@testudo/core'
import { AdmittedKeys } from './admission.js'
import { openable, requireSealable } from './aead.js'
import type { AgreementKey, Backend, Cipher, Derivation, Sealing, SigningKey } from './backend.js'
import { hkdf } from './hkdf.js'
import { VERIFY_SLICE } from './limits.js'
import { wellFormed } from './signature.js'
import { requireLength, requireSize } from './usage.js'

/** The back end that runs anywhere: `@noble/*`, in JavaScript, without constant-time promises for secrets. */
export function nobleBackend(): Backend {
  return new NobleBackend()
}

/** A member's key, as it goes into the hash and into the equation. */
interface PreparedKey {
  readonly bytes: Bytes
  readonly point: EdwardsPoint
}

class NobleBackend implements Backend {
  readonly name = 'noble'
  readonly #keys = new AdmittedKeys<PreparedKey>((id, point) => ({ bytes: processIdBytes(id), point }))

  signingKey(seed: Bytes): SigningKey {
    requireLength(seed, 32, 'seed-length', 'an Ed25519 seed')
    const own = seed.slice()
    return {
      publicKey: ed25519.getPublicKey(own),
      sign(bytes) {
        requireSize(bytes)
        return ed25519.sign(bytes, own)
      },
    }
  }

  admissible(id: ProcessId): boolean {
    return this.#keys.get(id) !== undefined
  }

  verify(claim: Claim): boolean {
    if (!wellFormed(claim)) return false
    const key = this.#keys.get(claim.signer)
    return key !== undefined && satisfiesEquation(key, claim)
  }

  async verifyAll(claims: readonly Claim[]): Promise<readonly boolean[]> {
    const verdicts: boolean[] = []
    for (const claim of claims.slice()) {
      if (verdicts.length > 0 && verdicts.length % VERIFY_SLICE === 0) await turn()
      verdicts.push(this.verify(claim))
    }
    return verdicts
  }

  agreementKey(secret: Bytes): AgreementKey {
    requireLength(secret, 32, 'secret-length', 'an X25519 secret')
    const own = secret.slice()
    return { publicKey: x25519.getPublicKey(own), sharedSecret: (peer) => agree(own, peer) }
  }

  sha256(bytes: Bytes): Bytes {
    requireSize(bytes)
    return sha256(bytes)
  }

  hmacSha256(key: Bytes, bytes: Bytes): Bytes {
    requireSize(key)
    requireSize(bytes)
    return hmac(sha256, key, bytes)
  }

  hkdfSha256(derivation: Derivation): Bytes {
    return hkdf((key, bytes) => this.hmacSha256(key, bytes), derivation)
  }

  seal(sealing: Sealing, plaintext: Bytes): Bytes {
    requireSealable(sealing, plaintext)
    return CIPHERS[sealing.cipher](sealing.key, sealing.nonce, sealing.aad).encrypt(plaintext)
  }

  open(sealing: Sealing, ciphertext: Bytes): Bytes | undefined {
    if (!openable(sealing, ciphertext)) return undefined
    const cipher = CIPHERS[sealing.cipher](sealing.key, sealing.nonce, sealing.aad)
    try {
      return cipher.decrypt(ciphertext)
    } catch {
      return undefined // the lengths are right, so it is the tag: noble has no other way to say so
    }
  }
}

const CIPHERS = { 'aes-256-gcm': gcm, 'chacha20-poly1305': chacha20poly1305 } satisfies Record<Cipher, unknown>

/**
 * RFC 8032 5.1.7 without the cofactor, as OpenSSL does it: SB - kA is encoded and compared with the bytes of R. That
 * refuses every other encoding of R, and every R with a torsion component, since SB - kA has none for an admissible A.
 * noble's own `verify` multiplies by the cofactor, with `zip215: false` too, and so accepts more.
 */
function satisfiesEquation({ bytes: A, point }: PreparedKey, { bytes, signature }: Claim): boolean {
  const R = signature.subarray(0, 32)
  const S = bytesToNumberLE(signature.subarray(32))
  const digest = sha512.create().update(R).update(A).update(bytes).digest()
  const k = ed25519.Point.Fn.create(bytesToNumberLE(digest))
  const expected = ed25519.Point.BASE.multiplyUnsafe(S).subtract(point.multiplyUnsafe(k))
  return equalBytes(expected.toBytes(), R)
}

function agree(secret: Bytes, peer: Bytes): Bytes | undefined {
  if (peer.length !== 32) return undefined
  try {
    return x25519.getSharedSecret(secret, peer)
  } catch {
    return undefined // a point of small order: noble has no other way to say so
  }
}

/** One turn of the event loop: timers and sockets run, which a resolved promise would not let them. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}
