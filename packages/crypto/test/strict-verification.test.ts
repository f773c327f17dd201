import { ed25519 } from '@noble/curves/ed25519.js'
import { bytesToNumberLE } from '@noble/curves/utils.js'
import { type Bytes, type Claim, processIdBytes, processIdOf } from '@testudo/core'
import { describe, expect, test } from 'vitest'
import { wellFormed } from '../src/signature.js'
import { backEnds } from './back-ends.js'
import { claimOf, complete, craft, satisfiesBareEquation, smallOrderEncodings, torsionPoints } from './crafted.js'
import { hex } from './hex.js'

const L = ed25519.Point.Fn.ORDER
const secret = 0x1234567890abcdefn
const honest = ed25519.Point.BASE.multiply(secret).toBytes()
const messages = Array.from({ length: 12 }, (_, i) => new Uint8Array([i]))

/** The verdict that all back ends come to, alone and in a batch; fails where they differ. */
async function verdicts(claims: readonly Claim[]): Promise<readonly boolean[]> {
  const all: (readonly boolean[])[] = []
  for (const backEnd of backEnds) {
    all.push(claims.map((claim) => backEnd.verify(claim)))
    all.push(await backEnd.verifyAll(claims))
  }
  for (const other of all) expect(other).toEqual(all[0])
  return all[0] ?? []
}

/** What noble alone would say, in its stricter mode. */
function nobleAlone({ signer, bytes, signature }: Claim): boolean {
  return ed25519.verify(signature, bytes, processIdBytes(signer), { zip215: false })
}

const none = (claims: readonly Claim[]): readonly boolean[] => claims.map(() => false)

describe('keys of small order', () => {
  test('there are fourteen encodings of them', () => {
    expect(new Set(smallOrderEncodings.map(hex)).size).toBe(14)
  })

  test('none is admissible', () => {
    for (const backEnd of backEnds) {
      expect(smallOrderEncodings.filter((key) => backEnd.admissible(processIdOf(key)))).toEqual([])
    }
  })

  test('verify nothing, with any such R and several S', async () => {
    const S = [0n, 1n, 8n, L - 1n, L, 2n ** 256n - 1n]
    const claims = smallOrderEncodings.flatMap((A) =>
      smallOrderEncodings.flatMap((R) =>
        S.flatMap((s) => messages.slice(0, 4).map((message) => claimOf(A, R, message, s))),
      ),
    )
    expect(await verdicts(claims)).toEqual(none(claims))
    expect(claims.filter(satisfiesBareEquation).length).toBeGreaterThan(0) // or this test would show nothing
  })

  test('verify nothing, although R = SB satisfies the cofactored equation', async () => {
    const claims = smallOrderEncodings.flatMap((A) =>
      messages.map((message) => complete(A, ed25519.Point.BASE.multiply(secret).toBytes(), message, () => secret)),
    )
    expect(await verdicts(claims)).toEqual(none(claims))
    expect(claims.filter(satisfiesBareEquation).length).toBeGreaterThan(0)
  })
})

describe('an honest key', () => {
  test('verifies with no R of small order, not with the canonical identity either', async () => {
    const claims = smallOrderEncodings.flatMap((R) =>
      messages.map((message) => complete(honest, R, message, (k) => k * secret)),
    )
    expect(await verdicts(claims)).toEqual(none(claims))
    // Node 20's own verify takes the canonical identity, Node 24's does not: the reason for this part of the rule.
    expect(claims.filter(satisfiesBareEquation).length).toBeGreaterThanOrEqual(messages.length)
  })

  test('verifies with R plus a torsion point only where that is the identity', async () => {
    const claims = torsionPoints.flatMap((nonceTorsion) =>
      messages.map((message) => craft({ secret, nonce: 77n, nonceTorsion, message })),
    )
    const expected = claims.map((_, i) => i < messages.length) // the identity is the first torsion point
    expect(await verdicts(claims)).toEqual(expected)
    expect(claims.filter(nobleAlone)).toHaveLength(claims.length)
  })

  test('does not verify with S + L, S + 2L and so on, which are the same scalar', async () => {
    const { signature, bytes } = craft({ secret, nonce: 5n, message: messages[0] as Bytes })
    const R = signature.subarray(0, 32)
    const S = bytesToNumberLE(signature.subarray(32))
    const claims = Array.from({ length: 15 }, (_, i) => claimOf(honest, R, bytes, S + BigInt(i) * L))
    expect(await verdicts(claims)).toEqual(claims.map((_, i) => i === 0))
  })

  test('is asked only about an S below L', () => {
    const formed = [0n, 1n, L - 1n, L, L + 1n, 2n ** 252n - 1n, 2n ** 252n, 2n ** 253n, 2n ** 256n - 1n].map((S) =>
      wellFormed(claimOf(honest, honest, messages[0] as Bytes, S)),
    )
    expect(formed).toEqual([true, true, true, false, false, true, true, false, false])
  })
})

describe('keys with a torsion component', () => {
  const secrets = [secret, 3n, L - 2n]

  test('are inadmissible, all seven of each', () => {
    for (const own of secrets) {
      const keys = torsionPoints.map((torsion) => ed25519.Point.BASE.multiply(own).add(torsion).toBytes())
      for (const backEnd of backEnds) {
        expect(keys.map((key) => backEnd.admissible(processIdOf(key)))).toEqual(torsionPoints.map((_, i) => i === 0))
      }
    }
  })

  test('verify nothing, whatever torsion their R has, although some satisfy the bare equation and noble alone takes more', async () => {
    const claims = secrets.flatMap((own) =>
      torsionPoints.flatMap((keyTorsion) =>
        torsionPoints.flatMap((nonceTorsion) =>
          messages.slice(0, 4).map((message) => craft({ secret: own, nonce: 99n, keyTorsion, nonceTorsion, message })),
        ),
      ),
    )
    const perKey = claims.length / secrets.length
    const expected = claims.map((_, i) => i % perKey < 4) // no torsion in the key and none in R
    expect(await verdicts(claims)).toEqual(expected)
    const tainted = claims.filter((_, i) => i % perKey >= perKey / 8)
    const bare = tainted.filter(satisfiesBareEquation).length
    expect(bare).toBeGreaterThan(0)
    expect(tainted.filter(nobleAlone).length).toBeGreaterThan(bare)
  }, 60_000)
})
