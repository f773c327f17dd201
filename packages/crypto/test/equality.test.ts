import { processIdOf } from '@testudo/core'
import { type Backend, type Cipher, nobleBackend, nodeBackend } from '@testudo/crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { outcome } from './back-ends.js'

const node = nodeBackend()
const noble = nobleBackend()

const bytes = (max: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength: max })
const exactly = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length })
/** Mostly the right length, sometimes another. */
const about = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.oneof({ weight: 9, arbitrary: exactly(length) }, { weight: 1, arbitrary: bytes(2 * length) })

/** Both back ends must come to the same result or the same refusal, which is returned. */
function same<T>(call: (backEnd: Backend) => T): ReturnType<typeof outcome<T>> {
  const [expected, got] = [outcome(() => call(node)), outcome(() => call(noble))]
  expect(got).toEqual(expected)
  return expected
}

/** Flips one bit, at a place that wraps around. */
function flip(value: Uint8Array, bit: number): Uint8Array {
  const flipped = value.slice()
  if (flipped.length === 0) return flipped
  const at = (bit >> 3) % flipped.length
  flipped[at] = (flipped[at] as number) ^ (1 << (bit & 7))
  return flipped
}

test('keys and signatures are the same, and each verifies the other', () => {
  fc.assert(
    fc.property(about(32), bytes(200), (seed, message) => {
      const signed = same((backEnd) => {
        const key = backEnd.signingKey(seed)
        return { publicKey: key.publicKey, signature: key.sign(message) }
      })
      if ('code' in signed) {
        expect(signed.code).toBe('seed-length')
        return
      }
      const { publicKey, signature } = signed.result
      const claim = { signer: processIdOf(publicKey), bytes: message, signature }
      expect(same((backEnd) => backEnd.verify(claim))).toEqual({ result: true })
    }),
    { numRuns: 100 },
  )
})

test('a signature with one bit changed anywhere is refused by both', () => {
  const part = fc.constantFrom('signer', 'bytes', 'signature')
  fc.assert(
    fc.property(exactly(32), bytes(50), fc.nat(511), part, (seed, message, bit, changed) => {
      fc.pre(changed !== 'bytes' || message.length > 0)
      const key = node.signingKey(seed)
      const claim = {
        signer: processIdOf(changed === 'signer' ? flip(key.publicKey, bit) : key.publicKey),
        bytes: changed === 'bytes' ? flip(message, bit) : message,
        signature: changed === 'signature' ? flip(key.sign(message), bit) : key.sign(message),
      }
      expect(same((backEnd) => backEnd.verify(claim))).toEqual({ result: false })
      expect(same((backEnd) => backEnd.admissible(claim.signer))).toHaveProperty('result')
    }),
    { numRuns: 300 },
  )
})

test('no bytes whatever make a verification throw, and both say the same', () => {
  const signer = fc.oneof(
    about(32).map(processIdOf),
    fc.string().map((text) => text as ReturnType<typeof processIdOf>),
  )
  fc.assert(
    fc.property(signer, bytes(100), about(64), (claimant, message, signature) => {
      const claim = { signer: claimant, bytes: message, signature }
      expect(same((backEnd) => backEnd.verify(claim))).toEqual({ result: false })
      expect(same((backEnd) => backEnd.admissible(claimant))).toHaveProperty('result')
    }),
    { numRuns: 300 },
  )
})

test('an id in capitals is another text of the same key, and refused', () => {
  const key = node.signingKey(new Uint8Array(32).fill(7))
  const signer = processIdOf(key.publicKey).toUpperCase() as ReturnType<typeof processIdOf>
  const claim = { signer, bytes: new Uint8Array(1), signature: key.sign(new Uint8Array(1)) }
  expect(same((backEnd) => backEnd.verify(claim))).toEqual({ result: false })
  expect(same((backEnd) => backEnd.admissible(signer))).toEqual({ result: false })
})

test('shared secrets are the same', () => {
  fc.assert(
    fc.property(about(32), about(32), (secret, peer) => {
      const agreed = same((backEnd) => {
        const key = backEnd.agreementKey(secret)
        return { publicKey: key.publicKey, shared: key.sharedSecret(peer) }
      })
      if (secret.length !== 32) expect(agreed).toEqual({ code: 'secret-length' })
      else if (peer.length !== 32) expect(agreed).toHaveProperty('result.shared', undefined)
      else expect(agreed).toHaveProperty('result')
    }),
    { numRuns: 200 },
  )
})

test('hashes, HMACs and derivations are the same', () => {
  const lengths = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.constantFrom(-1, 0, 0.5, Number.NaN, 8160, 8161))
  fc.assert(
    fc.property(bytes(300), bytes(2000), lengths, fc.boolean(), (a, b, length, salted) => {
      expect(same((backEnd) => backEnd.sha256(a))).toHaveProperty('result')
      expect(same((backEnd) => backEnd.hmacSha256(a, b))).toHaveProperty('result')
      const derivation = salted ? { secret: a, salt: b, info: b, length } : { secret: a, info: b, length }
      const valid = Number.isInteger(length) && length >= 1 && length <= 8160
      expect(same((backEnd) => backEnd.hkdfSha256(derivation))).toHaveProperty(valid ? 'result' : 'code')
    }),
    { numRuns: 300 },
  )
})

const ciphers = fc.constantFrom<Cipher>('aes-256-gcm', 'chacha20-poly1305')

test('what one seals the other opens, and one changed bit closes it', () => {
  const aads = fc.option(bytes(50), { nil: undefined })
  fc.assert(
    fc.property(ciphers, about(32), about(12), aads, bytes(300), fc.nat(2400), (cipher, key, nonce, aad, text, bit) => {
      const sealing = { cipher, key, nonce, ...(aad === undefined ? {} : { aad }) }
      const sealed = same((backEnd) => backEnd.seal(sealing, text))
      if ('code' in sealed) {
        expect(sealed.code).toBe(key.length === 32 ? 'nonce-length' : 'key-length')
        return
      }
      expect(same((backEnd) => backEnd.open(sealing, sealed.result))).toEqual({ result: text })
      const closed = { result: undefined }
      expect(same((backEnd) => backEnd.open(sealing, flip(sealed.result, bit)))).toEqual(closed)
      expect(same((backEnd) => backEnd.open({ ...sealing, nonce: flip(nonce, bit) }, sealed.result))).toEqual(closed)
      const other = new Uint8Array([...(aad ?? []), 1])
      expect(same((backEnd) => backEnd.open({ ...sealing, aad: other }, sealed.result))).toEqual(closed)
    }),
    { numRuns: 300 },
  )
})

test('no bytes whatever make opening throw, and both say the same', () => {
  fc.assert(
    fc.property(ciphers, exactly(32), about(12), bytes(100), (cipher, key, nonce, ciphertext) => {
      expect(same((backEnd) => backEnd.open({ cipher, key, nonce }, ciphertext))).toEqual({ result: undefined })
    }),
    { numRuns: 200 },
  )
})

test('results are plain arrays that share no memory with what was given', () => {
  for (const backEnd of [node, noble]) {
    const key = backEnd.signingKey(new Uint8Array(32).fill(1))
    const agreement = backEnd.agreementKey(new Uint8Array(32).fill(2))
    const sealing = { cipher: 'chacha20-poly1305', key: new Uint8Array(32), nonce: new Uint8Array(12) } as const
    const empty = new Uint8Array(0)
    const sealed = backEnd.seal(sealing, new Uint8Array(5))
    const results = [
      key.publicKey,
      key.sign(empty),
      agreement.publicKey,
      agreement.sharedSecret(agreement.publicKey),
      backEnd.sha256(empty),
      backEnd.hmacSha256(empty, empty),
      backEnd.hkdfSha256({ secret: empty, info: empty, length: 5 }),
      sealed,
      backEnd.open(sealing, sealed),
    ]
    for (const result of results) {
      expect(Object.getPrototypeOf(result)).toBe(Uint8Array.prototype)
      expect(result?.buffer.byteLength).toBe(result?.length)
    }
  }
})

test('a seed or secret written to afterwards does not change the key', () => {
  for (const backEnd of [node, noble]) {
    const seed = new Uint8Array(32).fill(3)
    const [key, agreement] = [backEnd.signingKey(seed), backEnd.agreementKey(seed)]
    const before = [key.sign(seed.slice(0, 4)), agreement.sharedSecret(new Uint8Array(32).fill(9))]
    const message = seed.slice(0, 4)
    seed.fill(0)
    expect([key.sign(message), agreement.sharedSecret(new Uint8Array(32).fill(9))]).toEqual(before)
  }
})
