import { decode, encode } from '@testudo/codec'
import type { Bytes } from '@testudo/core'
import { instant } from '@testudo/core'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type AtomicMessage, atomicMessage } from '../src/index.js'
import { OrderQueue } from '../src/order-queue.js'
import { PendingQueue } from '../src/pending-queue.js'

const hex = (bytes: Bytes): string => Buffer.from(bytes).toString('hex')

test.each([
  ['a-msg', { type: 'a-msg', order: Uint8Array.of(3, 1), payload: Uint8Array.of(9) }, '010203010109'],
  ['a-msg without an order', { type: 'a-msg', order: Uint8Array.of(), payload: Uint8Array.of() }, '010000'],
  ['order', { type: 'order', order: Uint8Array.of(0, 63) }, '0202003f'],
] as const)('the wire form of %s is that of the first release', (_, message, expected) => {
  expect(hex(encode(atomicMessage, message))).toBe(expected)
  expect(decode(atomicMessage, Uint8Array.from(Buffer.from(expected, 'hex')))).toEqual(message)
})

const few = fc.uint8Array({ maxLength: 200 })
const messages: fc.Arbitrary<AtomicMessage> = fc.oneof(
  fc.record({ type: fc.constant('a-msg' as const), order: few, payload: few }),
  fc.record({ type: fc.constant('order' as const), order: few }),
)

test('messages have one encoding each', () => {
  fc.assert(
    fc.property(messages, fc.nat(), fc.nat(255), (message, place, byte) => {
      const written = encode(atomicMessage, message)
      expect(decode(atomicMessage, written)).toEqual(message)
      expect(decode(atomicMessage, Uint8Array.of(...written, 0))).toBeUndefined()
      expect(decode(atomicMessage, written.subarray(0, place % written.length))).toBeUndefined()
      written[place % written.length] = byte
      const changed = decode(atomicMessage, written)
      if (changed !== undefined) expect(encode(atomicMessage, changed)).toEqual(written)
    }),
    { numRuns: 1_000 },
  )
})

test('any bytes are decoded or refused, and what is decoded is written as these bytes', () => {
  fc.assert(
    fc.property(fc.nat(3), few, (tag, rest) => {
      const bytes = Uint8Array.of(tag, ...rest)
      const message = decode(atomicMessage, bytes)
      if (message !== undefined) expect(encode(atomicMessage, message)).toEqual(bytes)
    }),
    { numRuns: 2_000 },
  )
})

test('the queues are first in, first out, however long they get', () => {
  const act = fc.oneof(fc.constant(-1), fc.nat(255))
  fc.assert(
    fc.property(fc.array(act, { maxLength: 200 }), fc.integer({ min: 1, max: 40 }), (acts, times) => {
      const [order, pending] = [new OrderQueue(), new PendingQueue()]
      const model: number[] = []
      for (const value of acts.flatMap((one) => new Array<number>(times).fill(one))) {
        if (value >= 0) {
          order.push(value)
          pending.push(Uint8Array.of(value), instant(model.length))
          model.push(value)
        } else {
          expect([order.peek(), pending.shift()?.[0]]).toEqual([model[0], model[0]])
          if (model.length > 0) order.shift()
          model.shift()
        }
        if (order.length !== model.length || pending.length !== model.length) expect.fail('a length is wrong')
      }
      expect(pending.bytes).toBe(model.length)
      expect([...order.take(7)]).toEqual(model.slice(0, 7))
    }),
    { numRuns: 200 },
  )
})
