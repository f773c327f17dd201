import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  compareBytes,
  equalBytes,
  faultsMax,
  InvariantError,
  instant,
  invariant,
  isProcessId,
  MEMBERS_MAX,
  type ProcessId,
  processIdBytes,
  processIdOf,
  quorum,
  rankOf,
  TransportError,
  UsageError,
  type View,
  viewId,
  weakQuorum,
} from '../src/index.js'

const sizes = Array.from({ length: MEMBERS_MAX }, (_, i) => i + 1)

describe('quorum arithmetic, for every size of group', () => {
  test('f is the largest number of liars below a third', () => {
    for (const n of sizes) {
      expect(3 * faultsMax(n)).toBeLessThan(n)
      expect(3 * (faultsMax(n) + 1)).toBeGreaterThanOrEqual(n)
    }
    expect([1, 3, 4, 6, 7, 10, 64].map(faultsMax)).toEqual([0, 0, 1, 1, 2, 3, 21])
  })
  test('two quorums share more than f members', () => {
    for (const n of sizes) expect(2 * quorum(n) - n).toBeGreaterThan(faultsMax(n))
  })
  test('the honest members alone are a quorum, which is ceil((2n + 1) / 3)', () => {
    for (const n of sizes) {
      expect(quorum(n)).toBeLessThanOrEqual(n - faultsMax(n))
      expect(quorum(n)).toBe(Math.ceil((2 * n + 1) / 3))
    }
  })
  test('a weak quorum has an honest member, and one less may not', () => {
    for (const n of sizes) expect(weakQuorum(n)).toBe(faultsMax(n) + 1)
  })
})

const view: View = { id: viewId(1), members: ['b', 'a', 'c'] as string[] as ProcessId[], digest: new Uint8Array(32) }

test('a rank is the place in the list of members, whatever the ids', () => {
  expect(view.members.map((member) => rankOf(view, member))).toEqual([0, 1, 2])
  expect(rankOf(view, 'd' as ProcessId)).toBeUndefined()
  expect(rankOf({ ...view, members: [] }, 'a' as ProcessId)).toBeUndefined()
})

describe('process ids', () => {
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 })
  test('are the text form of 32 bytes', () => {
    fc.assert(
      fc.property(key, (bytes) => {
        const id = processIdOf(bytes)
        expect(isProcessId(id)).toBe(true)
        expect(processIdBytes(id)).toEqual(bytes)
      }),
    )
    expect(processIdOf(Uint8Array.of(0, 1, 0xab, 0xff))).toBe('0001abff')
  })
  test('sort as their bytes do', () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        const [x, y] = [processIdOf(a), processIdOf(b)]
        expect(x < y ? -1 : x > y ? 1 : 0).toBe(Math.sign(compareBytes(a, b)))
      }),
    )
  })
  test('are recognised by their shape alone', () => {
    for (const text of ['', 'ab', 'AB'.repeat(32), `${'ab'.repeat(32)}\n`, 'zz'.repeat(32), 'ab'.repeat(33)]) {
      expect(isProcessId(text)).toBe(false)
    }
    expect(isProcessId(processIdOf(new Uint8Array(31)))).toBe(false)
  })
})

describe('byte strings', () => {
  const bytes = fc.uint8Array({ maxLength: 4, max: 3 })
  test('are equal exactly when they compare as equal', () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(equalBytes(a, b)).toBe(compareBytes(a, b) === 0)
      }),
    )
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true)
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false)
    expect(equalBytes(Uint8Array.of(1), Uint8Array.of(1, 0))).toBe(false)
  })
  test('are ordered as in a dictionary', () => {
    const sorted = [[], [0], [0, 0], [0, 1], [1], [1, 0], [200], [255, 255]].map((each) => Uint8Array.from(each))
    fc.assert(
      fc.property(fc.shuffledSubarray(sorted, { minLength: sorted.length }), (shuffled) => {
        expect(shuffled.sort(compareBytes)).toEqual(sorted)
      }),
    )
  })
})

describe('errors', () => {
  test('carry a code, a cause and a hint', () => {
    const cause = new Error('below')
    for (const Type of [UsageError, TransportError]) {
      const error = new Type('some-code', 'a sentence', { cause, hint: 'do this' })
      expect(error).toBeInstanceOf(Error)
      expect(error).toMatchObject({ code: 'some-code', message: 'a sentence', cause, hint: 'do this', name: Type.name })
      const plain = new Type('some-code', 'a sentence')
      expect(plain.hint).toBeUndefined()
      expect('cause' in plain).toBe(false)
    }
  })
  test('a broken invariant says which', () => {
    invariant(true, 'never said')
    expect(() => invariant(0, 'the queue is empty')).toThrow(InvariantError)
    expect(() => invariant(undefined, 'the queue is empty')).toThrow('the queue is empty')
    expect(new InvariantError('x').code).toBe('invariant')
  })
})

test('brands are numbers', () => {
  expect(viewId(3) + 1).toBe(4)
  expect(instant(2.5) * 2).toBe(5)
})
