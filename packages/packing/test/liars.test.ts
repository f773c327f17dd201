import { encode } from '@testudo/codec'
import { expect, test } from 'vitest'
import { packet } from '../src/packet.js'
import { ANN, BOB, codes, handedUp, Single, sizes, type Unlabelled } from './single.js'

const bytesOf = (length: number): Uint8Array => new Uint8Array(length)
const first = (total: number, length: number) => ({ type: 'first', total, fragment: bytesOf(length) }) as const
const middle = (length: number) => ({ type: 'middle', fragment: bytesOf(length) }) as const
const last = (length: number) => ({ type: 'last', fragment: bytesOf(length), messages: [bytesOf(3)] }) as const
const messages = { type: 'messages', messages: [bytesOf(1)] } as const

const lies: readonly (readonly [lie: string, packets: readonly Unlabelled[], codes: readonly string[]])[] = [
  ['a middle fragment of nothing', [middle(5)], ['fragment-out-of-order']],
  ['a last fragment of nothing', [last(5)], ['fragment-out-of-order']],
  ['a message amid fragments', [first(10, 5), messages], ['fragment-out-of-order']],
  ['a first fragment amid fragments', [first(10, 5), first(10, 5)], ['fragment-out-of-order']],
  ['a middle fragment that completes the message', [first(10, 5), middle(5)], ['fragment-out-of-order']],
  ['a middle fragment past the end of the message', [first(10, 5), middle(6)], ['fragment-out-of-order']],
  ['a last fragment that is too short', [first(10, 5), last(4)], ['fragment-out-of-order']],
  ['a last fragment that is too long', [first(10, 5), last(6)], ['fragment-out-of-order']],
  ['a fragmented message that is too large', [first(1001, 5)], ['message-too-large']],
  ['a message that is too large', [{ type: 'messages', messages: [bytesOf(1), bytesOf(1001)] }], ['message-too-large']],
  ['a packet of nothing', [{ type: 'messages', messages: [] }], ['malformed-packet']],
  ['a first fragment larger than the message', [first(4, 5)], ['malformed-packet']],
  ['too large, and then its rest', [first(1001, 5), last(996)], ['message-too-large', 'fragment-out-of-order']],
]

test.each(lies)('%s is dropped and its sender is suspected', (_, packets, expected) => {
  const single = new Single({ messageBytesMax: 1000 })
  single.install()
  const steps = packets.flatMap((value) => single.packet(ANN, value))
  expect(codes(steps)).toEqual(expected)
  expect(steps.every((step) => step.type !== 'suspect' || step.fault.culprit === ANN)).toBe(true)
  expect(handedUp(steps)).toEqual([])
  // What it had begun is gone, what follows counts from 1, and the others have noticed nothing.
  expect(handedUp(single.packet(ANN, messages)).map(({ seq }) => seq)).toEqual([1])
  expect(sizes(single.packet(BOB, messages))).toEqual([1])
})

test('a sender is suspected of one thing once in a view', () => {
  const single = new Single()
  single.install()
  expect(codes(single.packet(ANN, middle(1)))).toEqual(['fragment-out-of-order'])
  expect(codes(single.packet(ANN, middle(1)))).toEqual([])
  expect(codes(single.packet(BOB, middle(1)))).toEqual(['fragment-out-of-order'])
  expect(codes(single.deliver(ANN, bytesOf(1)))).toEqual(['malformed-packet'])
  single.install()
  expect(codes(single.packet(ANN, middle(1)))).toEqual(['fragment-out-of-order'])
})

test('a label from the future is a lie, one from the past is not', () => {
  const single = new Single()
  single.install()
  single.install()
  const labelled = (view: number, restarts: number) => encode(packet, { ...messages, view, restarts })
  expect(single.deliver(ANN, labelled(1, 0))).toEqual([])
  expect(single.deliver(ANN, labelled(1, 9))).toEqual([])
  expect(codes(single.deliver(ANN, labelled(3, 0)))).toEqual(['malformed-packet'])
  expect(codes(single.deliver(BOB, labelled(2, 1)))).toEqual(['malformed-packet'])
})
