import { randomFillSync } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { FLUSH_BYTES_MAX, FLUSH_EXPANSION_MAX } from '../src/limits.js'
import { withoutRepeats, withRepeats } from '../src/repeats.js'
import { noise } from './noise.js'

/** Bytes in which pieces come again and again. */
const repetitive = fc
  .tuple(
    fc.array(fc.uint8Array({ maxLength: 80 }), { minLength: 1, maxLength: 6 }),
    fc.array(fc.nat(5), { maxLength: 30 }),
  )
  .map(([pieces, picks]) => Uint8Array.from(picks.flatMap((pick) => [...(pieces[pick % pieces.length] as Uint8Array)])))

test('what is said without repetitions comes back byte by byte', () => {
  fc.assert(
    fc.property(fc.oneof(repetitive, fc.uint8Array({ maxLength: 200 })), (content) => {
      expect(withRepeats(withoutRepeats(content))).toEqual(content)
    }),
  )
})

test('any bytes at all come to something or to nothing, and never throw', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void withRepeats(bytes)))
})

test('ten times the same thousand bytes take little more room than once', () => {
  let seed = 1
  const once = Array.from({ length: 1000 }, () => (seed = Math.imul(seed, 48271) >>> 0) >>> 24)
  const content = Uint8Array.from(Array.from({ length: 10 }, () => once).flat())
  expect(withoutRepeats(content).length).toBeLessThan(1100)
})

test('what repeats at whatever distance, overlapping itself or not, comes back byte by byte', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.nat(2_000), fc.nat(99), (period, length, seed) => {
      const once = noise(period, seed)
      const content = Uint8Array.from({ length }, (_, i) => once[i % period] as number)
      expect(withRepeats(withoutRepeats(content))).toEqual(content)
    }),
  )
})

test.each([
  ['160 bytes of small content', 200 * 1024, 160],
  ['1,096 bytes of large content', 1100 * 1024, 1096],
])('a repetition of %s is found wherever it is, if no later place has taken its place', (_, size, length) => {
  const content = noise(size, 5)
  let tried = 0
  let found = 0
  for (let from = 1_000; from < 1_064; from++, tried++) {
    const to = size - 2_000 + ((from * 7) % 64)
    const changed = content.slice()
    changed.copyWithin(to, from, from + length)
    const said = withoutRepeats(changed)
    if (said.length < size - length + 24) found++
    if (tried === 0) expect(Buffer.compare(withRepeats(said) ?? noise(0), changed)).toBe(0)
  }
  expect(found / tried).toBeGreaterThan(0.5)
})

test('32 MiB in which nothing repeats do not keep a member from answering for long', () => {
  const content = randomFillSync(new Uint8Array(32 * 1024 * 1024))
  const times = [1, 2, 3].map(() => {
    const begun = performance.now()
    expect(withoutRepeats(content).length).toBeGreaterThan(content.length)
    return performance.now() - begun
  })
  // 55 ms on the machine of the comment in the source; 800 before.
  expect(Math.min(...times)).toBeLessThan(400)
})

/** One piece: one byte, then that byte again, so many times. */
function bomb(times: number): Uint8Array {
  const length: number[] = []
  for (let rest = times; rest > 0; rest = Math.floor(rest / 128)) length.push((rest % 128) + (rest >= 128 ? 128 : 0))
  return Uint8Array.of(1, 1, 7, 1, ...length)
}

test('bytes that would come to more than a flush may are refused', () => {
  expect(withRepeats(bomb(FLUSH_BYTES_MAX))).toBeUndefined()
})

test('FLUSH_EXPANSION_MAX: a few bytes come to 1 MiB and so many times their number at most', () => {
  const most = 1024 * 1024 + FLUSH_EXPANSION_MAX * bomb(1024 * 1024).length
  expect(withRepeats(bomb(most - 1))).toHaveLength(most)
  expect(withRepeats(bomb(most))).toBeUndefined()
})
