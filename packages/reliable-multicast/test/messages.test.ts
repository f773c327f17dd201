import { decode, encode } from '@testudo/codec'
import type { Bytes } from '@testudo/core'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { FlushAssembly, flushParts } from '../src/flush.js'
import { FLUSH_PART_BYTES, type ReliableMessage, reliableMessage } from '../src/index.js'
import { flushContent } from '../src/messages.js'
import { withoutRepeats } from '../src/repeats.js'
import { noise } from './noise.js'

const hex = (bytes: Bytes): string => Buffer.from(bytes).toString('hex')

test.each([
  ['r-msg', { type: 'r-msg', payload: Uint8Array.of(7, 8) }, '01020708'],
  ['end', { type: 'end' }, '02'],
  ['flush', { type: 'flush', last: false, part: Uint8Array.of(9) }, '03000109'],
  ['the last part of a flush', { type: 'flush', last: true, part: Uint8Array.of() }, '030100'],
  ['took', { type: 'took', members: Uint8Array.of(0, 2) }, '04020002'],
] as const)('the wire form of %s is that of the first release', (_, message, expected) => {
  expect(hex(encode(reliableMessage, message))).toBe(expected)
  expect(decode(reliableMessage, Uint8Array.from(Buffer.from(expected, 'hex')))).toEqual(message)
})

test('the wire form of what is flushed is that of the first release', () => {
  expect(hex(encode(flushContent, [Uint8Array.of(1), Uint8Array.of(2, 3)]))).toBe('020101020203')
})

const messages: fc.Arbitrary<ReliableMessage> = fc.oneof(
  fc.record({ type: fc.constant('r-msg' as const), payload: fc.uint8Array({ maxLength: 300 }) }),
  fc.record({ type: fc.constant('end' as const) }),
  fc.record({ type: fc.constant('flush' as const), last: fc.boolean(), part: fc.uint8Array({ maxLength: 300 }) }),
  fc.record({ type: fc.constant('took' as const), members: fc.uint8Array({ maxLength: 64 }) }),
)

test('messages have one encoding each', () => {
  fc.assert(
    fc.property(messages, fc.nat(), fc.nat(255), (message, place, byte) => {
      const written = encode(reliableMessage, message)
      expect(decode(reliableMessage, written)).toEqual(message)
      expect(decode(reliableMessage, Uint8Array.of(...written, 0))).toBeUndefined()
      expect(decode(reliableMessage, written.subarray(0, place % written.length))).toBeUndefined()
      written[place % written.length] = byte
      const changed = decode(reliableMessage, written)
      if (changed !== undefined) expect(encode(reliableMessage, changed)).toEqual(written)
    }),
    { numRuns: 1_000 },
  )
})

test('any bytes are decoded or refused, and what is decoded is written as these bytes', () => {
  fc.assert(
    fc.property(fc.nat(5), fc.uint8Array({ maxLength: 100 }), (tag, rest) => {
      const bytes = Uint8Array.of(tag, ...rest)
      const message = decode(reliableMessage, bytes)
      if (message !== undefined) expect(encode(reliableMessage, message)).toEqual(bytes)
      const content = decode(flushContent, bytes)
      if (content !== undefined) expect(encode(flushContent, content)).toEqual(bytes)
    }),
    { numRuns: 2_000 },
  )
})

test('a flush is put together from its parts as it was', () => {
  const commit = fc.tuple(fc.nat(120_000), fc.nat(255)).map(([length, seed]) => noise(length, seed))
  fc.assert(
    fc.property(fc.array(commit, { maxLength: 4 }), (commits) => {
      const assembly = new FlushAssembly()
      const parts = flushParts(commits)
      const states = parts.map((part) => (part.type === 'flush' ? assembly.add(part.part, part.last) : undefined))
      expect(states).toEqual([...parts.slice(1).map(() => 'more'), 'complete'])
      expect(parts.length).toBe(Math.ceil(withoutRepeats(encode(flushContent, commits)).length / FLUSH_PART_BYTES))
      expect(assembly.take()?.map(hex)).toEqual(commits.map(hex))
    }),
    { numRuns: 50 },
  )
})
