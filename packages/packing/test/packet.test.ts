import { decode, encode } from '@testudo/codec'
import { type Bytes, equalBytes } from '@testudo/core'
import { PACKING_PACKET_MESSAGES_MAX } from '@testudo/packing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isSound, type Packet, packet } from '../src/packet.js'

const label = { view: 5, restarts: 0 }
const part = fc.uint8Array({ maxLength: 300 })
const labels = { view: fc.maxSafeNat(), restarts: fc.maxSafeNat() }
const packets: fc.Arbitrary<Packet> = fc.oneof(
  fc.record({ type: fc.constant('messages' as const), ...labels, messages: fc.array(part) }),
  fc.record({ type: fc.constant('first' as const), ...labels, total: fc.maxSafeNat(), fragment: part }),
  fc.record({ type: fc.constant('middle' as const), ...labels, fragment: part }),
  fc.record({ type: fc.constant('last' as const), ...labels, fragment: part, messages: fc.array(part) }),
)

const bytesOf = (...values: number[]): Bytes => Uint8Array.from(values)

const vectors: readonly (readonly [name: string, Packet, hex: string])[] = [
  [
    'two messages',
    { type: 'messages', ...label, messages: [bytesOf(0xaa), bytesOf()] },
    '000500' + '02' + '01aa' + '00',
  ],
  ['a first part', { type: 'first', ...label, total: 300, fragment: bytesOf(1, 2) }, '010500' + 'ac02' + '020102'],
  ['a middle part', { type: 'middle', ...label, fragment: bytesOf(3) }, '020500' + '0103'],
  [
    'a last part',
    { type: 'last', ...label, fragment: bytesOf(4), messages: [bytesOf(5)] },
    '030500' + '0104' + '01' + '0105',
  ],
]

test.each(vectors)('%s has the bytes that it had in the first release', (_, value, hex) => {
  expect(Buffer.from(encode(packet, value)).toString('hex')).toBe(hex)
  expect(decode(packet, Buffer.from(hex, 'hex'))).toBeDefined()
})

test('what is encoded decodes to the same', () => {
  fc.assert(
    fc.property(packets, (value) => {
      expect(decode(packet, encode(packet, value))).toEqual(value)
    }),
  )
})

test('bytes decode only if they are what encoding gives', () => {
  const changed = fc.tuple(packets, fc.nat(), fc.nat(255), fc.boolean()).map(([value, at, byte, insert]) => {
    const bytes = [...encode(packet, value)]
    bytes.splice(at % (bytes.length + 1), insert ? 0 : 1, byte)
    return Uint8Array.from(bytes)
  })
  let decoded = 0
  fc.assert(
    fc.property(fc.oneof(changed, fc.uint8Array({ maxLength: 40 })), (bytes) => {
      const value = decode(packet, bytes)
      if (value === undefined) return true
      decoded++
      return equalBytes(encode(packet, value), bytes)
    }),
    { numRuns: 20_000 },
  )
  expect(decoded).toBeGreaterThan(1000)
})

test('a packet holds no more messages than its limit', () => {
  const messages = Array.from({ length: PACKING_PACKET_MESSAGES_MAX }, () => bytesOf())
  const full = encode(packet, { type: 'messages', ...label, messages })
  expect(decode(packet, full)).toBeDefined()
  const over = Uint8Array.from([...full, 0])
  over[3] = ((PACKING_PACKET_MESSAGES_MAX + 1) % 128) + 128
  over[4] = Math.floor((PACKING_PACKET_MESSAGES_MAX + 1) / 128)
  expect(decode(packet, over)).toBeUndefined()
})

const hollow: readonly (readonly [string, Packet])[] = [
  ['no message', { type: 'messages', ...label, messages: [] }],
  ['an empty first part', { type: 'first', ...label, total: 9, fragment: bytesOf() }],
  ['a first part that is all of the message', { type: 'first', ...label, total: 2, fragment: bytesOf(1, 2) }],
  ['a first part of more than the message', { type: 'first', ...label, total: 1, fragment: bytesOf(1, 2) }],
  ['an empty middle part', { type: 'middle', ...label, fragment: bytesOf() }],
  ['an empty last part', { type: 'last', ...label, fragment: bytesOf(), messages: [bytesOf(1)] }],
]

test.each(hollow)('a packet with %s is not sound', (_, value) => expect(isSound(value)).toBe(false))

test.each(vectors)('%s is sound', (_, value) => expect(isSound(value)).toBe(true))
