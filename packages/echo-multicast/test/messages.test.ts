import { type Codec, decode, encode } from '@testudo/codec'
import type { Bytes } from '@testudo/core'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { BODY_BYTES_MAX, body, echoMessage, PAYLOAD_BYTES_MAX, statement } from '../src/index.js'

const hex = (bytes: Bytes): string => Buffer.from(bytes).toString('hex')
const fill = (length: number, byte: number): Bytes => new Uint8Array(length).fill(byte)
const [d, s] = ['dd'.repeat(32), 'aa'.repeat(64)]

test.each([
  [
    'init',
    { type: 'init', view: 1, seq: 300, bytes: 200, digest: fill(32, 0xdd), signature: fill(64, 0xaa) },
    `0101ac02c801${d}${s}`,
  ],
  ['echo', { type: 'echo', view: 128, seq: 1, signature: fill(64, 0xaa) }, `02800101${s}`],
  [
    'commit',
    {
      type: 'commit',
      view: 2,
      initiator: 63,
      seq: 5,
      body: Uint8Array.of(0, 1, 2),
      echoes: [
        { rank: 0, signature: fill(64, 0xaa) },
        { rank: 63, signature: fill(64, 0xaa) },
      ],
    },
    `03023f050300010202` + `00${s}3f${s}`,
  ],
] as const)('the wire form of %s is that of the first release', (_, message, expected) => {
  expect(hex(encode(echoMessage, message))).toBe(expected)
  expect(decode(echoMessage, Uint8Array.from(Buffer.from(expected, 'hex')))).toEqual(message)
})

test.each([
  ['counters', { counters: [0, 200, 3], payload: undefined }, '010300c8010300'],
  ['a payload', { counters: undefined, payload: Uint8Array.of(7) }, '00010107'],
  ['both', { counters: [1], payload: fill(0, 0) }, '0101010100'],
])('the wire form of a body with %s is that of the first release', (_, value, expected) => {
  expect(hex(encode(body, value))).toBe(expected)
})

test('what an echo signs is that of the first release', () => {
  const domain = 'testudo/echo-multicast/echo/1'
  const said = {
    domain,
    viewDigest: fill(32, 0xee),
    initiator: 3,
    seq: 300,
    bytes: 200,
    digest: fill(32, 0xdd),
  } as const
  expect(hex(encode(statement, said))).toBe(`1d${hex(Buffer.from(domain))}${'ee'.repeat(32)}03ac02c801${d}`)
})

const counter = fc.oneof(fc.nat(300), fc.maxSafeNat())
const bytes = (length: number): fc.Arbitrary<Bytes> => fc.uint8Array({ minLength: length, maxLength: length })
const few = fc.uint8Array({ maxLength: 40 })
const messages = fc.oneof(
  fc.record({
    type: fc.constant('init' as const),
    view: counter,
    seq: counter,
    bytes: fc.nat(BODY_BYTES_MAX),
    digest: bytes(32),
    signature: bytes(64),
  }),
  fc.record({ type: fc.constant('echo' as const), view: counter, seq: counter, signature: bytes(64) }),
  fc.record({
    type: fc.constant('commit' as const),
    view: counter,
    initiator: fc.nat(255),
    seq: counter,
    body: few,
    echoes: fc.array(fc.record({ rank: fc.nat(255), signature: bytes(64) }), { maxLength: 5 }),
  }),
)
const bodies = fc.record({
  counters: fc.option(fc.array(counter, { maxLength: 64 }), { nil: undefined }),
  payload: fc.option(few, { nil: undefined }),
})

/** Written and read again it is the same; with any byte changed, it is refused or is the one encoding of something else. */
function isCanonical<T>(codec: Codec<T>, values: fc.Arbitrary<T>): void {
  fc.assert(
    fc.property(values, fc.nat(), fc.nat(255), (value, place, byte) => {
      const written = encode(codec, value)
      expect(decode(codec, written)).toEqual(value)
      expect(decode(codec, Uint8Array.of(...written, 0))).toBeUndefined()
      expect(decode(codec, written.subarray(0, place % written.length))).toBeUndefined()
      written[place % written.length] = byte
      const changed = decode(codec, written)
      if (changed !== undefined) expect(encode(codec, changed)).toEqual(written)
    }),
    { numRuns: 1_000 },
  )
}

test('messages have one encoding each', () => isCanonical(echoMessage, messages))
test('bodies have one encoding each', () => isCanonical(body, bodies))

test('any bytes are decoded or refused, and what is decoded is written as these bytes', () => {
  fc.assert(
    fc.property(fc.constantFrom(0, 1, 2, 3, 4), fc.uint8Array({ maxLength: 300 }), (tag, rest) => {
      const anything = Uint8Array.of(tag, ...rest)
      const message = decode(echoMessage, anything)
      if (message !== undefined) expect(encode(echoMessage, message)).toEqual(anything)
      const content = decode(body, anything)
      if (content !== undefined) expect(encode(body, content)).toEqual(anything)
    }),
    { numRuns: 2_000 },
  )
})

test('a payload of PAYLOAD_BYTES_MAX fits a body, one more does not', () => {
  const largest = { counters: undefined, payload: fill(PAYLOAD_BYTES_MAX, 1) }
  expect(decode(body, encode(body, largest))).toEqual(largest)
  expect(() => encode(body, { ...largest, payload: fill(PAYLOAD_BYTES_MAX + 1, 1) })).toThrow(
    expect.objectContaining({ code: 'encode-range' }),
  )
})
