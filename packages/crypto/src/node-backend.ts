import type { KeyObject } from 'node:crypto'
import type { Bytes, Claim, ProcessId } from '@testudo/core'
import { AdmittedKeys } from './admission.js'
import { openable, requireSealable, TAG_BYTES } from './aead.js'
import type { AgreementKey, Backend, Derivation, Sealing, SigningKey } from './backend.js'
import { hkdf } from './hkdf.js'
import { VERIFY_IN_FLIGHT_MAX } from './limits.js'
import { nodeModule } from './platform.js'
import { wellFormed } from './signature.js'
import { requireLength, requireSize } from './usage.js'

/** The fast back end: OpenSSL through `node:crypto`, with noble only to judge keys. Throws `needs-node` elsewhere. */
export function nodeBackend(): Backend {
  return new NodeBackend(nodeModule('node:crypto'))
}

type NodeCrypto = typeof import('node:crypto')

/** PKCS #8 up to the 32 secret bytes: SEQUENCE { INTEGER 0, SEQUENCE { OID }, OCTET STRING { OCTET STRING } }. */
const PKCS8 = { ed25519: '302e020100300506032b657004220420', x25519: '302e020100300506032b656e04220420' }

class NodeBackend implements Backend {
  readonly name = 'node'
  readonly #crypto: NodeCrypto
  /** Importing a key for each signature would cost 9 µs of some 110. */
  readonly #keys: AdmittedKeys<KeyObject>

  constructor(crypto: NodeCrypto) {
    this.#crypto = crypto
    this.#keys = new AdmittedKeys((id) => importPublic(crypto, 'Ed25519', Buffer.from(id, 'hex')))
  }

  signingKey(seed: Bytes): SigningKey {
    requireLength(seed, 32, 'seed-length', 'an Ed25519 seed')
    const crypto = this.#crypto
    const key = importPrivate(crypto, PKCS8.ed25519, seed)
    return {
      publicKey: rawPublic(crypto, key),
      sign(bytes) {
        requireSize(bytes)
        return plain(crypto.sign(null, bytes, key))
      },
    }
  }

  admissible(id: ProcessId): boolean {
    return this.#keys.get(id) !== undefined
  }

  verify(claim: Claim): boolean {
    if (!wellFormed(claim)) return false
    const key = this.#keys.get(claim.signer)
    return key !== undefined && this.#crypto.verify(null, claim.bytes, key, claim.signature)
  }

  async verifyAll(claims: readonly Claim[]): Promise<readonly boolean[]> {
    const pending = claims.slice().entries() // shared by the lanes: each takes the next one
    const verdicts = new Array<boolean>(claims.length).fill(false)
    const lane = async (): Promise<void> => {
      for (const [index, claim] of pending) verdicts[index] = await this.#verifyElsewhere(claim)
    }
    await Promise.all(Array.from({ length: Math.min(VERIFY_IN_FLIGHT_MAX, claims.length) }, lane))
    return verdicts
  }

  #verifyElsewhere(claim: Claim): Promise<boolean> | boolean {
    if (!wellFormed(claim)) return false
    const key = this.#keys.get(claim.signer)
    if (key === undefined) return false
    return new Promise((resolve, reject) => {
      this.#crypto.verify(null, claim.bytes, key, claim.signature, (error, valid) => {
        if (error === null) resolve(valid)
        else reject(error) // never for bad bytes: the platform itself failed
      })
    })
  }

  agreementKey(secret: Bytes): AgreementKey {
    requireLength(secret, 32, 'secret-length', 'an X25519 secret')
    const crypto = this.#crypto
    const privateKey = importPrivate(crypto, PKCS8.x25519, secret)
    return { publicKey: rawPublic(crypto, privateKey), sharedSecret: (peer) => agree(crypto, privateKey, peer) }
  }

  sha256(bytes: Bytes): Bytes {
    requireSize(bytes)
    return plain(this.#crypto.hash('sha256', bytes, 'buffer')) // for short inputs twice as fast as createHash
  }

  hmacSha256(key: Bytes, bytes: Bytes): Bytes {
    requireSize(key)
    requireSize(bytes)
    return plain(this.#crypto.createHmac('sha256', key).update(bytes).digest())
  }

  hkdfSha256(derivation: Derivation): Bytes {
    return hkdf((key, bytes) => this.hmacSha256(key, bytes), derivation)
  }

  seal(sealing: Sealing, plaintext: Bytes): Bytes {
    requireSealable(sealing, plaintext)
    const { cipher: name, key, nonce, aad } = sealing
    // The two names are one call each, because the types of node:crypto know AES-GCM and ChaCha20 apart.
    const options = { authTagLength: TAG_BYTES }
    const cipher = this.#crypto.createCipheriv(name as 'aes-256-gcm', key, nonce, options)
    if (aad !== undefined) cipher.setAAD(aad, { plaintextLength: plaintext.length })
    const sealed = new Uint8Array(plaintext.length + TAG_BYTES)
    sealed.set(cipher.update(plaintext))
    cipher.final() // empty for both ciphers: they are stream ciphers
    sealed.set(cipher.getAuthTag(), plaintext.length)
    return sealed
  }

  open(sealing: Sealing, ciphertext: Bytes): Bytes | undefined {
    if (!openable(sealing, ciphertext)) return undefined
    const { cipher: name, key, nonce, aad } = sealing
    const length = ciphertext.length - TAG_BYTES
    const options = { authTagLength: TAG_BYTES }
    const decipher = this.#crypto.createDecipheriv(name as 'aes-256-gcm', key, nonce, options)
    if (aad !== undefined) decipher.setAAD(aad, { plaintextLength: length })
    decipher.setAuthTag(ciphertext.subarray(length))
    const plaintext = decipher.update(ciphertext.subarray(0, length))
    try {
      decipher.final()
    } catch {
      return undefined // the tag is wrong: OpenSSL has no other way to say so
    }
    return plain(plaintext)
  }
}

function agree(crypto: NodeCrypto, privateKey: KeyObject, peer: Bytes): Bytes | undefined {
  if (peer.length !== 32) return undefined
  const publicKey = importPublic(crypto, 'X25519', peer)
  try {
    return plain(crypto.diffieHellman({ privateKey, publicKey }))
  } catch {
    return undefined // all zeros, a point of small order: OpenSSL has no other way to say so
  }
}

/** As JWK: 9 µs, where the DER form takes 86. */
function importPublic(crypto: NodeCrypto, crv: 'Ed25519' | 'X25519', raw: Bytes): KeyObject {
  return crypto.createPublicKey({ key: { kty: 'OKP', crv, x: Buffer.from(raw).toString('base64url') }, format: 'jwk' })
}

function importPrivate(crypto: NodeCrypto, prefix: string, secret: Bytes): KeyObject {
  const der = Buffer.concat([Buffer.from(prefix, 'hex'), secret])
  const key = crypto.createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  der.fill(0)
  return key
}

function rawPublic(crypto: NodeCrypto, key: KeyObject): Bytes {
  const { x = '' } = crypto.createPublicKey(key).export({ format: 'jwk' })
  return plain(Buffer.from(x, 'base64url'))
}

/** A copy that is not a Buffer: the two behave differently, and small Buffers hold on to a shared pool. */
function plain(buffer: Uint8Array): Bytes {
  return new Uint8Array(buffer)
}
