import { expect, test } from 'vitest'
import { Prng, SIGNATURE_BYTES, simulatedSuite } from '../src/index.js'

const suite = simulatedSuite(7)

test('a signature is accepted for its signer and bytes only', () => {
  const { id, signer } = suite.identity(0)
  const other = suite.identity(1)
  const bytes = Uint8Array.of(1, 2, 3)
  const signature = signer.sign(bytes)
  expect(signature).toHaveLength(SIGNATURE_BYTES)
  expect(suite.verify({ signer: id, bytes, signature })).toBe(true)
  expect(suite.verify({ signer: other.id, bytes, signature })).toBe(false)
  expect(suite.verify({ signer: id, bytes: Uint8Array.of(1, 2, 3, 0), signature })).toBe(false)
  expect(suite.verify({ signer: id, bytes, signature: signature.subarray(1) })).toBe(false)
  for (let i = 0; i < SIGNATURE_BYTES; i++) {
    const bent = signature.with(i, (signature[i] as number) ^ 1)
    expect(suite.verify({ signer: id, bytes, signature: bent })).toBe(false)
  }
})

test('another seed has other keys, the same seed the same', () => {
  const bytes = Uint8Array.of(9)
  expect(simulatedSuite(7).identity(0).signer.sign(bytes)).toEqual(suite.identity(0).signer.sign(bytes))
  expect(simulatedSuite(8).identity(0).id).not.toBe(suite.identity(0).id)
})

test('nobody is known by a signature that no identity made', () => {
  const stranger = simulatedSuite(8).identity(0)
  const bytes = Uint8Array.of(9)
  expect(suite.verify({ signer: stranger.id, bytes, signature: stranger.signer.sign(bytes) })).toBe(false)
})

test('the hash tells apart what differs in one bit, in length or in order', () => {
  const seen = new Set<string>()
  let inputs = 0
  const add = (bytes: Uint8Array): void => {
    inputs++
    const hash = suite.hash(bytes)
    expect(hash).toHaveLength(32)
    seen.add(hash.join())
  }
  for (let length = 0; length < 70; length++) {
    add(new Uint8Array(length))
    for (let bit = 0; bit < 8 * length; bit++) {
      const bytes = new Uint8Array(length)
      bytes[bit >> 3] = 1 << (bit & 7)
      add(bytes)
    }
  }
  expect(seen.size).toBe(inputs)
})

test('a bit of the input changes about half of the bits of the hash', () => {
  const prng = new Prng(1)
  let changed = 0
  const rounds = 400
  for (let round = 0; round < rounds; round++) {
    const bytes = prng.bytes(1 + prng.below(100))
    const before = suite.hash(bytes)
    const at = prng.below(bytes.length)
    const after = suite.hash(bytes.with(at, (bytes[at] as number) ^ (1 << prng.below(8))))
    for (let i = 0; i < 32; i++) {
      for (let d = (before[i] as number) ^ (after[i] as number); d > 0; d &= d - 1) changed++
    }
  }
  expect(changed / rounds / 256).toBeGreaterThan(0.47)
  expect(changed / rounds / 256).toBeLessThan(0.53)
})

test('a fork of a stream does not depend on how much was drawn from it', () => {
  const a = new Prng(3)
  const b = new Prng(3)
  b.next()
  expect(a.fork('x').next()).toBe(b.fork('x').next())
  expect(a.fork('x').next()).not.toBe(a.fork('y').next())
})

test('draws are spread over their range', () => {
  const prng = new Prng(5)
  const counts = new Array<number>(10).fill(0)
  for (let i = 0; i < 10_000; i++) {
    const drawn = prng.below(10)
    counts[drawn] = (counts[drawn] ?? 0) + 1
  }
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150)
  expect(prng.pick([])).toBeUndefined()
  expect([...prng.shuffled([1, 2, 3, 4])].sort()).toEqual([1, 2, 3, 4])
  expect(prng.shuffled(Array.from({ length: 50 }, (_, i) => i))).not.toEqual(Array.from({ length: 50 }, (_, i) => i))
})
