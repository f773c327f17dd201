import { processIdOf } from '@testudo/core'
import type { Cipher } from '@testudo/crypto'
import { expect, test } from 'vitest'
import { backEnds, outcome } from './back-ends.js'
import { hex, unhex } from './hex.js'
import { describeVectors, type Wycheproof } from './shared-vectors.js'

type Signatures = Wycheproof<
  { readonly publicKey: { readonly pk: string } },
  { readonly msg: string; readonly sig: string }
>

describeVectors('wycheproof-ed25519.json', ({ testGroups }: Signatures) => {
  test.for(backEnds)('$name verifies exactly the valid ones', (backEnd) => {
    for (const { publicKey, tests } of testGroups) {
      const signer = processIdOf(unhex(publicKey.pk))
      for (const { msg, sig, result, tcId, comment } of tests) {
        const verdict = backEnd.verify({ signer, bytes: unhex(msg), signature: unhex(sig) })
        expect(verdict, `${tcId}: ${comment}`).toBe(result === 'valid')
      }
    }
  })
})

interface SpecCheck {
  readonly message: string
  readonly pub_key: string
  readonly signature: string
}

describeVectors('ed25519-speccheck.json', (cases: readonly SpecCheck[]) => {
  test.for(backEnds)('$name refuses all twelve', async (backEnd) => {
    const claims = cases.map(({ message, pub_key, signature }) => ({
      signer: processIdOf(unhex(pub_key)),
      bytes: unhex(message),
      signature: unhex(signature),
    }))
    expect(claims.map((claim) => backEnd.verify(claim))).toEqual(new Array(12).fill(false))
    expect(await backEnd.verifyAll(claims)).toEqual(new Array(12).fill(false))
  })
})

type Agreements = Wycheproof<unknown, { readonly public: string; readonly private: string; readonly shared: string }>

describeVectors('wycheproof-x25519.json', ({ testGroups }: Agreements) => {
  test.for(backEnds)('$name agrees on twisted and non-canonical keys, and refuses all zeros', (backEnd) => {
    for (const { tests } of testGroups) {
      for (const vector of tests) {
        const shared = backEnd.agreementKey(unhex(vector.private)).sharedSecret(unhex(vector.public))
        const expected = vector.flags.includes('ZeroSharedSecret') ? undefined : vector.shared
        expect(shared && hex(shared), `${vector.tcId}: ${vector.comment}`).toBe(expected)
      }
    }
  })
})

type Derivations = Wycheproof<unknown, { ikm: string; salt: string; info: string; size: number; okm: string }>

describeVectors('wycheproof-hkdf-sha256.json', ({ testGroups }: Derivations) => {
  test.for(backEnds)('$name derives the valid ones and refuses the invalid', (backEnd) => {
    for (const { tests } of testGroups) {
      for (const { ikm, salt, info, size, okm, result, tcId } of tests) {
        const derivation = { secret: unhex(ikm), salt: unhex(salt), info: unhex(info), length: size }
        const derived = outcome(() => hex(backEnd.hkdfSha256(derivation)))
        expect(derived, String(tcId)).toEqual(result === 'valid' ? { result: okm } : { code: 'output-length' })
      }
    }
  })
})

type Macs = Wycheproof<
  { readonly tagSize: number },
  { readonly key: string; readonly msg: string; readonly tag: string }
>

describeVectors('wycheproof-hmac-sha256.json', ({ testGroups }: Macs) => {
  test.for(backEnds)('$name computes the valid tags and no invalid one', (backEnd) => {
    for (const { tagSize, tests } of testGroups) {
      for (const { key, msg, tag, result, tcId } of tests) {
        const computed = hex(backEnd.hmacSha256(unhex(key), unhex(msg)).subarray(0, tagSize / 8))
        expect(computed === tag, String(tcId)).toBe(result === 'valid')
      }
    }
  })
})

interface AeadGroup {
  readonly ivSize: number
  readonly keySize: number
}
interface AeadTest {
  readonly key: string
  readonly iv: string
  readonly aad: string
  readonly msg: string
  readonly ct: string
  readonly tag: string
}

function describeAead(file: string, cipher: Cipher): void {
  describeVectors(file, ({ testGroups }: Wycheproof<AeadGroup, AeadTest>) => {
    const offered = testGroups.filter(({ keySize }) => keySize === 256) // AES-128 and AES-192 are not on offer

    test.for(backEnds)('$name seals and opens the valid ones, and opens no invalid one', (backEnd) => {
      for (const { ivSize, tests } of offered) {
        for (const { key, iv, aad, msg, ct, tag, result, tcId } of tests) {
          const sealing = { cipher, key: unhex(key), nonce: unhex(iv), aad: unhex(aad) }
          const opened = backEnd.open(sealing, unhex(ct + tag))
          const valid = result === 'valid' && ivSize === 96 // other nonces are not on offer
          expect(opened && hex(opened), String(tcId)).toBe(valid ? msg : undefined)
          const sealed = outcome(() => hex(backEnd.seal(sealing, unhex(msg))))
          if (valid) expect(sealed, String(tcId)).toEqual({ result: ct + tag })
          if (ivSize !== 96) expect(sealed, String(tcId)).toEqual({ code: 'nonce-length' })
        }
      }
    })
  })
}

describeAead('wycheproof-aes-gcm.json', 'aes-256-gcm')
describeAead('wycheproof-chacha20-poly1305.json', 'chacha20-poly1305')
