import { decode } from '@testudo/codec'
import { type Input, instant } from '@testudo/core'
import {
  PACKING_LENGTH_MAX,
  PACKING_MESSAGE_BYTES_MAX,
  PACKING_PACKET_BYTES_MAX,
  PACKING_PACKET_BYTES_MIN,
  PACKING_PACKET_MESSAGES_MAX,
  PACKING_PACKETS_IN_FLIGHT,
  PACKING_QUEUE_BYTES_MAX,
  PACKING_QUEUE_MESSAGES_MAX,
  packing,
} from '@testudo/packing'
import { describe, expect, test } from 'vitest'
import { packet } from '../src/packet.js'
import { ANN, handedDown, handedUp, SELF, Single, sizes } from './single.js'
import { payloadOf, viewOf } from './toy-order.js'

const EMPTY = new Uint8Array(0)

function typesOf(packets: readonly Uint8Array[]): (string | undefined)[] {
  return packets.map((bytes) => decode(packet, bytes)?.type)
}

describe('[SR98] 4.2, packing', () => {
  test('a message leaves at once, by itself, while there are places under way', () => {
    const single = new Single()
    single.install()
    for (let i = 0; i < PACKING_PACKETS_IN_FLIGHT; i++) expect(single.multicast(payloadOf(100, i))).toHaveLength(1)
    expect(single.multicast(payloadOf(100, 9))).toEqual([])
  })

  test('what waits leaves together when a packet of ours comes back, and not when one of another does', () => {
    const single = new Single({ packetsInFlight: 1 })
    single.install()
    const [first] = single.multicast(payloadOf(100, 0))
    for (let i = 1; i <= 600; i++) single.multicast(payloadOf(100, i))
    expect(handedDown(single.packet(ANN, { type: 'messages', messages: [EMPTY] }))).toEqual([])
    const [second] = handedDown(single.deliver(SELF, first as Uint8Array))
    expect(sizes(single.deliver(SELF, second as Uint8Array))).toHaveLength(600)
  })

  test('no packet is larger than it may be, and it is filled as far as whole messages go', () => {
    const single = new Single({ packetsInFlight: 1 })
    single.install()
    const [first] = single.multicast(EMPTY)
    for (let i = 0; i < 1000; i++) single.multicast(payloadOf(100, i))
    const [second] = handedDown(single.deliver(SELF, first as Uint8Array))
    expect(second?.length).toBeLessThanOrEqual(PACKING_PACKET_BYTES_MAX)
    expect(second?.length).toBeGreaterThan(PACKING_PACKET_BYTES_MAX - 101 - 32)
  })

  test('a packet of empty messages holds as many as its limit, and the rest comes next', () => {
    const single = new Single({ packetsInFlight: 1 })
    single.install()
    let [next] = single.multicast(EMPTY)
    for (let i = 0; i < PACKING_PACKET_MESSAGES_MAX + 1; i++) single.multicast(EMPTY)
    const counts: number[] = []
    while (next !== undefined) {
      const steps = single.deliver(SELF, next)
      counts.push(sizes(steps).length)
      next = handedDown(steps)[0]
    }
    expect(counts).toEqual([1, PACKING_PACKET_MESSAGES_MAX, 1])
  })

  test('messages are counted by sender and view from 1', () => {
    const single = new Single()
    single.install()
    const two = { type: 'messages', messages: [EMPTY, EMPTY] } as const
    const seqs = (steps: ReturnType<Single['packet']>): number[] => handedUp(steps).map(({ seq }) => seq)
    expect(seqs(single.packet(ANN, two))).toEqual([1, 2])
    expect(seqs(single.packet(SELF, two))).toEqual([1, 2])
    expect(seqs(single.packet(ANN, two))).toEqual([3, 4])
    single.install()
    expect(seqs(single.packet(ANN, two))).toEqual([1, 2])
  })

  test('a message is handed up as a view of its packet, not as a copy', () => {
    const single = new Single()
    single.install()
    const [bytes] = single.multicast(payloadOf(10, 1))
    expect(handedUp(single.deliver(SELF, bytes as Uint8Array))[0]?.payload.buffer).toBe(bytes?.buffer)
  })
})

describe('fragments', () => {
  test('a message larger than a packet leaves in full packets, and small ones ride behind its end', () => {
    const single = new Single({ packetBytesMax: 100, packetsInFlight: 9 })
    single.install()
    const large = payloadOf(200, 1)
    const packets = single.multicast(large)
    expect(typesOf(packets)).toEqual(['first', 'middle', 'last'])
    expect(packets.every((bytes) => bytes.length <= 100)).toBe(true)
    const steps = packets.flatMap((bytes) => single.deliver(SELF, bytes))
    expect(handedUp(steps)).toEqual([{ type: 'deliver', view: 1, sender: SELF, seq: 1, payload: large }])
  })

  test('messages that wait behind a large one share the packet of its last fragment', () => {
    const single = new Single({ packetBytesMax: 100, packetsInFlight: 1 })
    single.install()
    let [next] = single.multicast(payloadOf(100, 1))
    for (let i = 0; i < 3; i++) single.multicast(payloadOf(5, i))
    const delivered: number[][] = []
    while (next !== undefined) {
      const steps = single.deliver(SELF, next)
      delivered.push(sizes(steps))
      next = handedDown(steps)[0]
    }
    expect(delivered).toEqual([[], [100, 5, 5, 5]])
  })

  test.each([69, 70, 71, 72, 141, 142, 143, 144])(
    'a message of %i bytes, near the edges of packets, comes out',
    (size) => {
      const single = new Single({ packetBytesMax: 100, packetsInFlight: 9 })
      single.install()
      const steps = single.multicast(payloadOf(size, 1)).flatMap((bytes) => single.deliver(SELF, bytes))
      expect(handedUp(steps)[0]?.payload).toEqual(payloadOf(size, 1))
    },
  )

  test('a message of the largest size by default comes out', () => {
    const single = new Single()
    single.install()
    const message = new Uint8Array(PACKING_MESSAGE_BYTES_MAX)
    message[message.length - 1] = 7
    const queue = single.multicast(message)
    let last: Uint8Array | undefined
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const steps = single.deliver(SELF, next)
      queue.push(...handedDown(steps))
      last = handedUp(steps)[0]?.payload
    }
    expect(last?.length).toBe(PACKING_MESSAGE_BYTES_MAX)
    expect(last?.at(-1)).toBe(7)
  })
})

describe('limits of the caller', () => {
  test('a message over the largest size is refused as too large', () => {
    const single = new Single()
    single.install()
    const message = new Uint8Array(PACKING_MESSAGE_BYTES_MAX + 1)
    expect(() => single.multicast(message)).toThrow(expect.objectContaining({ code: 'too-large' }))
  })

  test('the queue overflows by its number of messages, and takes more when some were delivered', () => {
    const single = new Single({ packetsInFlight: 1 })
    single.install()
    const [first] = single.multicast(EMPTY)
    for (let i = 1; i < PACKING_QUEUE_MESSAGES_MAX; i++) single.multicast(EMPTY)
    expect(() => single.multicast(EMPTY)).toThrow(expect.objectContaining({ code: 'overflow' }))
    single.deliver(SELF, first as Uint8Array)
    expect(() => single.multicast(EMPTY)).not.toThrow()
    expect(() => single.multicast(EMPTY)).toThrow(expect.objectContaining({ code: 'overflow' }))
  })

  test('the queue overflows by its bytes', () => {
    const single = new Single({ packetsInFlight: 1 })
    single.install()
    const half = new Uint8Array(PACKING_QUEUE_BYTES_MAX / 2)
    single.multicast(half)
    single.multicast(half)
    expect(() => single.multicast(new Uint8Array(1))).toThrow(expect.objectContaining({ code: 'overflow' }))
    expect(() => single.multicast(EMPTY)).not.toThrow()
  })

  test('a multicast in a view of the caller, or after the exclusion, is refused', () => {
    const single = new Single()
    single.install()
    const { id } = viewOf(1, [])
    const asked = { type: 'multicast', payload: EMPTY, view: id } as const
    expect(() => single.step(asked)).toThrow(expect.objectContaining({ code: 'view-given' }))
    const excluded = { type: 'excluded', view: id, removal: { member: SELF, reason: 'a test' } } as const
    expect(single.step(excluded)).toEqual([excluded])
    expect(() => single.multicast(EMPTY)).toThrow(expect.objectContaining({ code: 'excluded' }))
  })

  test.each([
    ['packetBytesMax', PACKING_PACKET_BYTES_MIN - 1],
    ['packetBytesMax', PACKING_LENGTH_MAX + 1],
    ['packetsInFlight', 0],
    ['messageBytesMax', 0],
    ['messageBytesMax', PACKING_LENGTH_MAX + 1],
    ['queueMessagesMax', Number.NaN],
    ['queueBytesMax', PACKING_MESSAGE_BYTES_MAX - 1],
    ['reassemblyBytesMax', PACKING_MESSAGE_BYTES_MAX - 1],
    ['packetsInFlight', 1.5],
  ])('the option %s cannot be %d', (name, value) => {
    expect(() => packing({ self: SELF, [name]: value })).toThrow(expect.objectContaining({ code: 'packing-option' }))
  })
})

test('what does not concern it passes through', () => {
  const { layer } = new Single()
  const view = viewOf(1, []).id
  const others: Input[] = [
    { type: 'start' },
    { type: 'connect', peer: ANN },
    { type: 'leave' },
    { type: 'hold', view, sender: ANN, held: true },
    { type: 'collected', view, commits: [] },
    { type: 'suspect', view, fault: { culprit: ANN, code: 'a-test' } },
  ]
  for (const input of others) expect(layer.step(input, instant(0))).toEqual([input])
})
