import { encode } from '@testudo/codec'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type AtomicMessage,
  atomicMessage,
  ORDER_AHEAD_MAX,
  ORDER_MAX,
  PAYLOAD_BYTES_MAX,
  PENDING_BYTES_MAX,
  PENDING_MAX,
  SEND_WINDOW,
  SEND_WINDOW_BYTES,
  UNDER_WAY_MAX,
} from '../src/index.js'
import { delivered, first, idOf, Member, second, type Told } from './world.js'

const holds = (told: readonly Told[]): readonly Told[] => told.filter((one) => typeof one === 'object' && 'hold' in one)

describe('each fault code', () => {
  test('malformed, not-sequencer, bad-order and withheld-order are reported once each in a view', () => {
    const member = Member.in(first, 2)
    for (let i = 0; i < 3; i++) {
      member.deliver(3, Uint8Array.of(99))
      member.orders(1, 1)
      member.orders(0, 9)
      member.says(3, 'x')
      member.timeout((i + 1) * 10_000)
    }
    expect(member.faults).toEqual([
      { culprit: idOf(3), code: 'malformed' },
      { culprit: idOf(1), code: 'not-sequencer' },
      { culprit: idOf(0), code: 'bad-order' },
      { culprit: idOf(0), code: 'withheld-order' },
    ])
    member.view(second)
    member.deliver(3, Uint8Array.of(99))
    expect(member.faults.at(-1), 'and again in the next').toEqual({ culprit: idOf(3), code: 'malformed' })
  })
})

describe('limits', () => {
  test('PAYLOAD_BYTES_MAX: the largest payload goes with the largest order, a larger one is refused', () => {
    const sequencer = Member.in(first, 0)
    sequencer.multicast('under way')
    for (let i = 0; i < ORDER_MAX; i++) sequencer.says(3, 'x')
    const [told] = sequencer.multicast(new Uint8Array(PAYLOAD_BYTES_MAX))
    expect(typeof told === 'object' && 'a' in told && [told.a.length, told.order.length]).toEqual([
      PAYLOAD_BYTES_MAX,
      ORDER_MAX,
    ])
    const order = new Uint8Array(ORDER_MAX)
    const largest = encode(atomicMessage, { type: 'a-msg', order, payload: new Uint8Array(PAYLOAD_BYTES_MAX) })
    expect(largest.length, 'what reliable multicast carries').toBeLessThanOrEqual(128 * 1024 - 16)
    const tooLarge = expect.objectContaining({ code: 'too-large' })
    expect(() => sequencer.multicast(new Uint8Array(PAYLOAD_BYTES_MAX + 1))).toThrow(tooLarge)
  })

  test('UNDER_WAY_MAX: so many multicasts may be under way or wait, one more is refused', () => {
    const sequencer = Member.in(first, 0)
    for (let i = 0; i < UNDER_WAY_MAX; i++) sequencer.multicast('x')
    expect(() => sequencer.multicast('x')).toThrow(expect.objectContaining({ code: 'overflow' }))
    sequencer.says(3, 'a')
    expect(sequencer.says(0, 'x'), 'the order of the other message rides on the next').toContainEqual({
      a: 'x',
      order: [3],
    })
    expect(sequencer.multicast('x')).toEqual([])
  })

  test('SEND_WINDOW: so many of ours may wait for their order, the next one waits here until one is delivered', () => {
    expect(SEND_WINDOW, 'so that others never hold an honest member').toBeLessThan(PENDING_MAX)
    const member = Member.in(first, 2)
    for (let i = 0; i < SEND_WINDOW; i++) expect(member.multicast(`${i}`)).toHaveLength(1)
    expect(member.multicast('last')).toEqual([])
    member.says(2, '0')
    expect(member.orders(0, 2)).toEqual([
      { deliver: '0', view: 1, sender: 2, seq: 1 },
      { a: 'last', order: [] },
    ])
    member.says(2, '1')
    member.multicast('in the next view')
    expect(member.view(second)).toEqual([
      { deliver: '1', view: 1, sender: 2, seq: 2 },
      'view 2',
      { a: 'in the next view', order: [] },
    ])
  })

  test('SEND_WINDOW_BYTES: so do so many bytes', () => {
    const member = Member.in(first, 2)
    const payload = new Uint8Array(PAYLOAD_BYTES_MAX)
    const fitting = Math.ceil(SEND_WINDOW_BYTES / PAYLOAD_BYTES_MAX)
    for (let i = 0; i < fitting; i++) expect(member.multicast(payload)).toHaveLength(1)
    expect(member.multicast(payload)).toEqual([])
    member.deliver(2, { type: 'a-msg', order: new Uint8Array(0), payload })
    expect(member.orders(0, 2)).toHaveLength(2)
  })

  test('ORDER_MAX: an order of more members is malformed', () => {
    const member = Member.in(first, 2)
    const [low, high] = [((ORDER_MAX + 1) % 128) + 128, Math.floor((ORDER_MAX + 1) / 128)]
    expect(member.deliver(0, Uint8Array.of(2, low, high, ...new Uint8Array(ORDER_MAX + 1)))).toEqual([
      { suspect: 0, code: 'malformed' },
    ])
  })

  test('PENDING_MAX: a sender with so many messages waiting is held until half of them are delivered', () => {
    const member = Member.in(first, 2)
    for (let i = 1; i < PENDING_MAX; i++) expect(holds(member.says(3, 'x'))).toEqual([])
    expect(member.says(3, 'x')).toEqual([{ hold: 3, held: true }])
    expect(member.says(3, 'what was echoed before'), 'still comes').toEqual([])
    const half = new Array<number>(PENDING_MAX / 2).fill(3)
    expect(holds(member.orders(0, ...half))).toEqual([])
    expect(holds(member.orders(0, 3))).toEqual([{ hold: 3, held: false }])
  })

  test('PENDING_BYTES_MAX: so do so many bytes', () => {
    const member = Member.in(first, 2)
    const payload = new Uint8Array(PAYLOAD_BYTES_MAX)
    const message: AtomicMessage = { type: 'a-msg', order: new Uint8Array(0), payload }
    const fitting = Math.ceil(PENDING_BYTES_MAX / PAYLOAD_BYTES_MAX)
    for (let i = 1; i < fitting; i++) expect(holds(member.deliver(1, message))).toEqual([])
    expect(holds(member.deliver(1, message))).toEqual([{ hold: 1, held: true }])
  })

  test('ORDER_AHEAD_MAX: a sequencer that orders so far ahead of all messages is held', () => {
    const member = Member.in(first, 2)
    const order = new Array<number>(ORDER_MAX).fill(3)
    for (let i = 1; i < ORDER_AHEAD_MAX / ORDER_MAX; i++) expect(member.orders(0, ...order)).toEqual([])
    expect(member.orders(0, ...order)).toEqual([{ hold: 0, held: true }])
  })

  test('nobody is held once a later view was received: all must be able to end this one', () => {
    const member = Member.in(first, 2)
    for (let i = 0; i < PENDING_MAX; i++) member.says(3, 'x')
    expect(member.block()).toEqual(['block', { hold: 3, held: false }])
    for (let i = 0; i < PENDING_MAX; i++) expect(holds(member.says(1, 'x'))).toEqual([])
  })
})

describe('a hostile member', () => {
  const bytes = fc.uint8Array({ maxLength: 12 })
  const ranks = fc.uint8Array({ maxLength: 12, max: 5 })
  const message = fc.oneof(
    fc.record({ type: fc.constant('a-msg' as const), order: ranks, payload: bytes }),
    fc.record({ type: fc.constant('order' as const), order: ranks }),
  )
  const said = fc.oneof(
    { weight: 9, arbitrary: message.map((one) => encode(atomicMessage, one)) },
    { weight: 1, arbitrary: bytes },
  )

  test('whatever is R-delivered, nothing is thrown, and two members that hear the same of each deliver the same', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(3), said), { maxLength: 60 }),
        fc.infiniteStream(fc.nat(3)),
        (list, picks) => {
          const [a, b] = [Member.in(first, 1), Member.in(first, 2)]
          const one = list.flatMap(([from, what]) => [...a.deliver(from, what)])
          // The other hears the senders interleaved otherwise.
          const queues = [0, 1, 2, 3].map((from) => list.filter(([sender]) => sender === from))
          const other: Told[] = []
          while (queues.some((queue) => queue.length > 0)) {
            const next = queues[picks.next().value as number]?.shift()
            if (next !== undefined) other.push(...b.deliver(...next))
          }
          const all = [one, other].map((told, place) => {
            const rest = (place === 0 ? a : b).view(second)
            return [...told, ...rest].filter((each) => typeof each === 'object' && 'deliver' in each)
          })
          expect(all[0]).toEqual(all[1])
          expect(delivered(all[0] ?? []).length).toBeLessThanOrEqual(list.length)
        },
      ),
      { numRuns: 500 },
    )
  })
})
