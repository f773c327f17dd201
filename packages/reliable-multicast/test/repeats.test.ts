import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { FLUSH_BYTES_MAX, FLUSH_EXPANSION_MAX } from '../src/limits.js'
import { withoutRepeats, withRepeats } from '../src/repeats.js'

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
