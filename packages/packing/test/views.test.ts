import { PACKING_STABLE_MARKS_MAX } from '@testudo/packing'
import { describe, expect, test } from 'vitest'
import { ANN, BOB, CEO, handedDown, handedUp, SELF, Single, sizes } from './single.js'
import { deliveries, payloadOf, processOf, ToyOrder, viewOf } from './toy-order.js'

const EMPTY = new Uint8Array(0)

describe('views', () => {
  test('before the first view, and from a block to the next view, messages wait and are then packed together', () => {
    const single = new Single({ packetsInFlight: 1 })
    single.multicast(payloadOf(10, 1))
    expect(single.multicast(payloadOf(10, 2))).toEqual([])
    const [first] = single.install()
    expect(sizes(single.deliver(SELF, first as Uint8Array))).toEqual([10, 10])
    const block = { type: 'block', view: viewOf(1, []).id } as const
    expect(single.step(block)).toEqual([block])
    single.multicast(payloadOf(10, 3))
    expect(single.multicast(payloadOf(10, 4))).toEqual([])
    const [second] = single.install()
    expect(sizes(single.deliver(SELF, second as Uint8Array))).toEqual([10, 10])
  })

  test('a block that belongs to an earlier view does not hold anything up', () => {
    const single = new Single()
    single.install()
    single.install()
    single.step({ type: 'block', view: viewOf(1, []).id })
    expect(single.multicast(EMPTY)).toHaveLength(1)
  })

  test('a packet under way when the view changes counts nowhere, and its messages leave again in order', () => {
    const single = new Single({ packetsInFlight: 2 })
    single.install()
    const [old] = single.multicast(payloadOf(10, 1))
    const [anew] = single.install()
    single.multicast(payloadOf(11, 2))
    expect(handedUp(single.deliver(SELF, old as Uint8Array))).toEqual([])
    expect(sizes(single.deliver(SELF, anew as Uint8Array))).toEqual([10])
  })

  test('a packet of an earlier view keeps its place under way until it comes back', () => {
    const single = new Single({ packetsInFlight: 1 })
    single.install()
    const [old] = single.multicast(payloadOf(10, 1))
    expect(single.install()).toEqual([])
    expect(handedDown(single.deliver(SELF, old as Uint8Array))).toHaveLength(1)
  })

  test('a message cut by a view is delivered whole in the next one, to newcomers as well', () => {
    const group = new ToyOrder([0, 1, 2, 3].map(processOf), { packetBytesMax: 100, packetsInFlight: 2 })
    group.advance(processOf(0))
    group.multicast(processOf(0), payloadOf(300, 1))
    group.multicast(processOf(0), payloadOf(5, 2))
    group.order(processOf(0))
    group.advance(processOf(0))
    group.order(processOf(0))
    group.install([0, 1, 2, 4].map(processOf))
    group.settle()
    for (const i of [0, 1, 2, 4]) {
      const member = group.member(processOf(i))
      expect(deliveries(member).map(({ view, seq, payload }) => [view, seq, payload.length])).toEqual([
        [2, 1, 300],
        [2, 2, 5],
      ])
      expect(member.suspects).toEqual([])
    }
    expect(deliveries(group.member(processOf(3)))).toEqual([])
  })
})

describe('room to put fragments together', () => {
  const first = (total: number) => ({ type: 'first', total, fragment: new Uint8Array(10) }) as const
  const last = (length: number) => ({ type: 'last', fragment: new Uint8Array(length), messages: [] }) as const
  const limits = { messageBytesMax: 600, reassemblyBytesMax: 1000 } // a share is 250 bytes

  test('when a message within its share finds no room, the one over its share begun last is given up', () => {
    const single = new Single(limits)
    single.install()
    single.packet(ANN, first(400))
    single.packet(BOB, first(400))
    single.packet(CEO, first(201)) // 1,001 bytes
    expect(sizes(single.packet(ANN, last(390)))).toEqual([400])
    expect(single.packet(BOB, last(390))).toEqual([]) // written before its sender heard of it: no fault
    expect(sizes(single.packet(CEO, last(191)))).toEqual([201])
    single.packet(BOB, first(400), 1)
    expect(sizes(single.packet(BOB, last(390), 1))).toEqual([400])
  })

  test('a message over its share that finds no room is given up itself', () => {
    const single = new Single(limits)
    single.install()
    single.packet(ANN, first(600))
    single.packet(BOB, first(401))
    expect(sizes(single.packet(ANN, last(590)))).toEqual([600])
    expect(single.packet(BOB, last(391))).toEqual([])
  })

  test('a message within its share is never given up, even if it was begun last', () => {
    const single = new Single(limits)
    single.install()
    single.packet(ANN, first(600))
    single.packet(BOB, first(250))
    single.packet(CEO, first(151)) // 1,001 bytes
    expect(sizes(single.packet(BOB, last(240)))).toEqual([250])
    expect(sizes(single.packet(CEO, last(141)))).toEqual([151])
    expect(single.packet(ANN, last(590))).toEqual([])
  })

  test('messages that fill the room exactly all come out', () => {
    const single = new Single(limits)
    single.install()
    single.packet(ANN, first(600))
    single.packet(BOB, first(400))
    expect(sizes(single.packet(BOB, last(390)))).toEqual([400])
    expect(sizes(single.packet(ANN, last(590)))).toEqual([600])
  })

  test('we do not begin a message over its share for which there is no room, and begin it when there is', () => {
    const single = new Single({ ...limits, packetBytesMax: 100 })
    single.install()
    single.packet(ANN, first(600))
    expect(single.multicast(new Uint8Array(401))).toEqual([])
    expect(handedDown(single.packet(ANN, last(590))).length).toBeGreaterThan(0)
  })

  test('we begin a message within its share at once, whatever the others have begun', () => {
    const single = new Single({ ...limits, packetBytesMax: 100 })
    single.install()
    single.packet(ANN, first(600))
    single.packet(BOB, first(400))
    expect(single.multicast(new Uint8Array(250)).length).toBeGreaterThan(0)
  })

  test('our own message that was given up leaves again from its first fragment, and what followed it behind it', () => {
    const single = new Single({ ...limits, packetBytesMax: 100, packetsInFlight: 2 })
    single.install()
    single.packet(ANN, first(600))
    const packets = single.multicast(new Uint8Array(400))
    single.multicast(new Uint8Array(7))
    packets.push(...handedDown(single.deliver(SELF, packets.shift() as Uint8Array)))
    packets.push(...handedDown(single.packet(BOB, first(250)))) // ours is given up
    packets.push(...handedDown(single.packet(ANN, last(590))))
    const got: number[] = []
    for (let next = packets.shift(); next !== undefined; next = packets.shift()) {
      const steps = single.deliver(SELF, next)
      got.push(...sizes(steps))
      packets.push(...handedDown(steps))
    }
    expect(got).toEqual([400, 7])
  })
})

describe('stability', () => {
  const view = viewOf(1, []).id
  const stable = (sender: typeof ANN, seq: number) => ({ type: 'stable', view, sender, seq }) as const
  const packetOf = (count: number) =>
    ({ type: 'messages', messages: Array.from({ length: count }, () => EMPTY) }) as const

  test('that of a packet is told as that of its last message, once', () => {
    const single = new Single()
    single.install()
    single.packet(ANN, packetOf(3)) // the layer below counts these as its 1, 2, 3
    single.packet(ANN, packetOf(4))
    single.packet(ANN, packetOf(5))
    expect(single.step(stable(ANN, 2))).toEqual([stable(ANN, 7)])
    expect(single.step(stable(ANN, 2))).toEqual([])
    expect(single.step(stable(ANN, 3))).toEqual([stable(ANN, 12)])
    single.install()
    single.packet(ANN, packetOf(1))
    expect(single.step(stable(ANN, 9))).toEqual([]) // of the view before
  })

  test('beyond so many packets that are not stable it is told late, and never too early', () => {
    const single = new Single()
    single.install()
    for (let i = 0; i < PACKING_STABLE_MARKS_MAX + 5; i++) single.packet(ANN, packetOf(1))
    const most = PACKING_STABLE_MARKS_MAX
    expect(single.step(stable(ANN, most + 5))).toEqual([stable(ANN, most)])
    single.packet(ANN, packetOf(1))
    expect(single.step(stable(ANN, most + 6))).toEqual([stable(ANN, most + 6)])
  })
})
