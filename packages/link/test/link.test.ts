import { decode, encode } from '@testudo/codec'
import { type Bytes, type Layer, type ProcessId, processIdOf, type Step } from '@testudo/core'
import { describe, expect, test } from 'vitest'
import { type Frame, frameCodec, NONE } from '../src/frames.js'
import {
  ACK_FRAMES_MAX,
  FAULTS_PER_PEER_MAX,
  FLIGHT_BYTES_MAX,
  FLIGHT_FRAMES_MAX,
  linked,
  OUTBOX_BYTES_MAX,
  OUTBOX_FRAMES_MAX,
  PEERS_HEARD_MAX,
  PEERS_MAX,
  REORDER_BYTES_MAX,
  RESEND_BUDGET_BYTES,
  RESEND_BURST_BYTES,
  RESEND_BYTES_PER_SECOND,
  WINDOW_BYTES_MAX,
  WINDOW_FRAMES_MAX,
} from '../src/index.js'
import { at, faults, Net, person, Recorder, read, rng, seeded, sends, text } from './harness.js'

const alice = person(1)
const bob = person(2)
const bobSession = new Uint8Array(8).fill(0xb0)

function frame(bytes: Bytes | undefined): Frame {
  const decoded = bytes === undefined ? undefined : decode(frameCodec, bytes)
  if (decoded === undefined) throw new Error('not a frame')
  return decoded
}

function frames(effects: readonly Step[], to: ProcessId = bob): Frame[] {
  return sends(effects, to).map(frame)
}

/** Alice's link, and a Bob who is played by the test. */
class Duet {
  readonly inner = new Recorder([bob])
  readonly link: Layer
  session: Bytes = NONE
  bobSession = bobSession
  now = 0
  constructor(ordered: boolean) {
    this.link = linked(this.inner, { random: seeded(rng(7)), ordered })
  }
  step(input: Parameters<Layer['step']>[0]): readonly Step[] {
    return this.link.step(input, at(this.now))
  }
  hear(message: Frame): readonly Step[] {
    return this.step({ type: 'receive', from: bob, bytes: encode(frameCodec, message) })
  }
  multicast(payload: Bytes): readonly Step[] {
    return this.step({ type: 'multicast', payload })
  }
  timeout(timer: string): readonly Step[] {
    return this.step({ type: 'timeout', timer })
  }
  /** Answers Alice's greeting as Bob. */
  greet(effects: readonly Step[], received = 0): readonly Step[] {
    const hello = frames(effects).find((one) => one.type === 'hello')
    if (hello?.type !== 'hello') throw new Error('no greeting')
    this.session = hello.session
    const { session, nonce } = hello
    return this.hear({
      type: 'hello',
      session: this.bobSession,
      peerSession: session,
      nonce: NONE,
      echo: nonce,
      received,
    })
  }
  join(): readonly Step[] {
    return this.greet(this.step({ type: 'connect', peer: bob }))
  }
  data(seq: number, payload: string | Bytes, ack = 0): Frame {
    const bytes = typeof payload === 'string' ? text(payload) : payload
    return { type: 'data', session: this.bobSession, peerSession: this.session, seq, ack, payload: bytes }
  }
  ack(ack: number, runs: readonly number[] = []): Frame {
    return { type: 'ack', session: this.bobSession, peerSession: this.session, ack, runs }
  }
}

function joined(ordered: boolean): Duet {
  const duet = new Duet(ordered)
  duet.join()
  return duet
}

function payloads(effects: readonly Step[]): string[] {
  return frames(effects).flatMap((one) => (one.type === 'data' ? [`${one.seq} ${read(one.payload)}`] : []))
}

const authenticator = (self: ProcessId) => ({
  tag: (peer: ProcessId, bytes: Bytes) => checksum([self, peer].sort().join(), bytes),
  check: (peer: ProcessId, bytes: Bytes, tag: Bytes) => read(tag) === read(checksum([self, peer].sort().join(), bytes)),
})

function checksum(key: string, bytes: Bytes): Bytes {
  let state = 7
  for (const byte of [...text(key), ...bytes]) state = (Math.imul(state, 31) + byte) >>> 0
  return text(state.toString(16).padStart(8, '0'))
}

describe('sending', () => {
  test('on an ordered transport nothing leaves before the channel is up, then all of it in order', () => {
    const duet = new Duet(true)
    expect(sends(duet.multicast(text('a')))).toEqual([])
    duet.multicast(text('b'))
    expect(payloads(duet.join())).toEqual(['1 a', '2 b'])
    expect(payloads(duet.multicast(text('c')))).toEqual(['3 c'])
  })

  test('on a lossy transport the first send greets without waiting for a connection', () => {
    const duet = new Duet(false)
    const first = duet.multicast(text('a'))
    expect(frames(first).map((one) => one.type)).toEqual(['hello'])
    expect(payloads(duet.greet(first))).toEqual(['1 a'])
  })

  test('greetings are repeated ever more slowly while something waits, and end soon when nothing does', () => {
    const waiting = new Duet(false)
    waiting.multicast(text('a'))
    const idle = new Duet(false)
    idle.step({ type: 'connect', peer: bob })
    const count = { waiting: 0, idle: 0 }
    for (waiting.now = idle.now = 0; waiting.now < 20_000; waiting.now = idle.now += 100) {
      count.waiting += sends(waiting.timeout('retry')).length
      count.idle += sends(idle.timeout('retry')).length
    }
    expect(count).toEqual({ waiting: 12, idle: 4 })
    expect(frames(idle.multicast(text('late'))).map((one) => one.type)).toEqual(['hello'])
  })

  test('after a reconnect exactly what the peer did not receive is sent again', () => {
    const duet = joined(true)
    for (const word of ['a', 'b', 'c']) duet.multicast(text(word))
    duet.step({ type: 'disconnect', peer: bob })
    expect(sends(duet.multicast(text('d')))).toEqual([])
    const back = duet.greet(duet.step({ type: 'connect', peer: bob }), 2)
    expect(payloads(back)).toEqual(['3 c', '4 d'])
    expect(duet.inner.events).toEqual(['connect', 'disconnect', 'connect'])
  })

  test('a frame sent again is the same object: nothing is copied', () => {
    const duet = joined(true)
    const [first] = sends(duet.multicast(text('a')))
    const again = sends(duet.greet(duet.step({ type: 'connect', peer: bob })))
    expect(again.at(-1)).toBe(first)
  })

  test('on a lossy transport what is not acknowledged is sent again after 200 ms, then after twice that', () => {
    const duet = joined(false)
    duet.multicast(text('a'))
    const times: number[] = []
    for (duet.now = 0; duet.now < 4_000; duet.now += 50)
      if (payloads(duet.timeout('retry')).length) times.push(duet.now)
    expect(times).toEqual([200, 600, 1_400, 3_000])
  })

  test('the time-out follows the measured round trip', () => {
    const duet = joined(false)
    for (let seq = 1; seq <= 50; seq++) {
      duet.multicast(text('a'))
      duet.now += 30
      duet.hear(duet.ack(seq))
    }
    duet.multicast(text('b'))
    duet.now += 49
    expect(payloads(duet.timeout('retry'))).toEqual([])
    duet.now += 2
    expect(payloads(duet.timeout('retry'))).toEqual(['51 b'])
  })

  test('frames reported missing are sent again at once, but not before they had time to arrive', () => {
    const duet = joined(false)
    for (const word of ['a', 'b', 'c', 'd', 'e']) duet.multicast(text(word))
    expect(payloads(duet.hear(duet.ack(0, [1, 1, 2, 1])))).toEqual([])
    duet.now = 200
    expect(payloads(duet.hear(duet.ack(0, [1, 1, 2, 1])))).toEqual(['1 a', '3 c', '4 d'])
  })

  test('on a lossy transport no more is in flight than the window in frames and in bytes', () => {
    const many = joined(false)
    let sent = 0
    for (let i = 0; i < WINDOW_FRAMES_MAX + 10; i++) sent += payloads(many.multicast(text('a'))).length
    expect(sent).toBe(WINDOW_FRAMES_MAX)
    expect(payloads(many.hear(many.ack(3)))).toHaveLength(3)
    const large = joined(false)
    sent = 0
    for (let i = 0; i < 20; i++) sent += sends(large.multicast(new Uint8Array(100_000))).length
    expect(sent).toBe(Math.ceil(WINDOW_BYTES_MAX / 100_000))
  })
})

describe('on an ordered transport', () => {
  test('no more is in flight than a transport queues, in frames and in bytes', () => {
    const many = joined(true)
    let sent = 0
    for (let i = 0; i < FLIGHT_FRAMES_MAX + 10; i++) sent += sends(many.multicast(text('a'))).length
    expect(sent).toBe(FLIGHT_FRAMES_MAX)
    expect(payloads(many.hear(many.ack(3)))).toHaveLength(3)
    const large = joined(true)
    sent = 0
    for (let i = 0; i < 20; i++) sent += sends(large.multicast(new Uint8Array(1_000_000))).length
    expect(sent).toBe(Math.ceil(FLIGHT_BYTES_MAX / 1_000_000))
  })

  test('after 5 s without an answer the oldest frame is sent again, in case a full receiver dropped it', () => {
    const duet = joined(true)
    for (const word of ['a', 'b', 'c']) duet.multicast(text(word))
    duet.now = 4_999
    expect(payloads(duet.timeout('retry'))).toEqual([])
    duet.now = 5_000
    expect(payloads(duet.timeout('retry'))).toEqual(['1 a'])
    duet.now = 14_999
    expect(payloads(duet.timeout('retry'))).toEqual([])
  })
})

describe('on an ordered transport, sending again', () => {
  const size = 65_536
  const reconnect = (duet: Duet): readonly Step[] => {
    duet.step({ type: 'disconnect', peer: bob })
    return duet.greet(duet.step({ type: 'connect', peer: bob }))
  }
  const numbers = (effects: readonly Step[]) => frames(effects).flatMap((one) => (one.type === 'data' ? [one.seq] : []))

  test('is not done because the peer says that something is missing: nothing is while a connection lasts', () => {
    const duet = joined(true)
    for (let i = 0; i < 200; i++) duet.multicast(text('a'))
    duet.hear(duet.ack(1))
    for (duet.now = 1_000; duet.now < 2_000; duet.now += 10) {
      expect(sends(duet.hear(duet.ack(1, [199])))).toEqual([])
    }
  })

  test('begins with RESEND_BURST_BYTES after a reconnect, and doubles with what is acknowledged', () => {
    const duet = joined(true)
    for (let i = 0; i < 250; i++) duet.multicast(new Uint8Array(size))
    const counts = [numbers(reconnect(duet)).length]
    for (let ack = counts[0] as number; counts.length < 6; ack += counts.at(-1) as number) {
      counts.push(numbers(duet.hear(duet.ack(ack))).length)
    }
    expect(counts[0]).toBe(RESEND_BURST_BYTES / size)
    expect(counts).toEqual([16, 32, 64, 128, 10, 0])
  })

  test('does not go beyond its budget for a peer that reconnects every 20 ms, and goes on with it by itself', () => {
    const duet = joined(true)
    for (let i = 0; i < 300; i++) duet.multicast(new Uint8Array(size))
    let bytes = 0
    for (duet.now = 0; duet.now < 5_000; duet.now += 20) {
      for (const sent of sends(reconnect(duet))) bytes += sent.length
    }
    expect(bytes).toBeGreaterThan(RESEND_BUDGET_BYTES)
    expect(bytes).toBeLessThan(RESEND_BUDGET_BYTES + 5 * RESEND_BYTES_PER_SECOND + RESEND_BURST_BYTES)
    duet.now += 5_000 // and now it behaves
    let next = 1
    for (let effects = reconnect(duet); next <= 300; effects = duet.timeout('retry')) {
      for (let got = numbers(effects); got.length > 0; got = numbers(duet.hear(duet.ack(next - 1)))) {
        expect(got[0]).toBe(next)
        next += got.length
      }
      duet.now += 10
      if (duet.now > 30_000) throw new Error(`nothing after ${next}`)
    }
    expect(next).toBe(301)
  })

  test('mends what a full receiver dropped: with the first one, then with twice as many each time', () => {
    const duet = joined(true)
    for (let i = 0; i < 20; i++) duet.multicast(text('a'))
    duet.now = 5_000
    expect(numbers(duet.timeout('retry'))).toEqual([1])
    expect(numbers(duet.hear(duet.ack(1)))).toEqual([2, 3])
    expect(numbers(duet.hear(duet.ack(2)))).toEqual([])
    expect(numbers(duet.hear(duet.ack(3)))).toEqual([4, 5, 6, 7])
    expect(numbers(duet.hear(duet.ack(15)))).toEqual([]) // 8 to 15 had been there
  })

  test('loses and repeats nothing of many megabytes over connections that break again and again', () => {
    const next = rng(11)
    const net = new Net(next, { loss: 0, duplication: 0, delayMs: () => 5, ordered: true })
    const b = new Recorder([alice])
    net.add(alice, linked(new Recorder([bob]), { random: seeded(next), ordered: true }))
    net.add(bob, linked(b, { random: seeded(next), ordered: true }))
    net.connect(alice, bob)
    for (let i = 0; i < 400; i++) {
      const payload = new Uint8Array(100_000)
      payload.set([i & 255, i >> 8])
      net.after(i, () => net.input(alice, { type: 'multicast', payload }))
    }
    for (let i = 1; i <= 40; i++) {
      net.after(i * 40, () => net.disconnect(alice, bob))
      net.after(i * 40 + 5, () => net.connect(alice, bob))
    }
    net.run(30_000)
    expect(b.heard.map(({ bytes }) => (bytes[0] as number) + 256 * (bytes[1] as number))).toEqual(
      Array.from({ length: 400 }, (_, i) => i),
    )
  })
})

describe('the retransmission buffer', () => {
  test('is bounded in frames: one fault, then the inner layer hears connect once half is free', () => {
    const duet = joined(true)
    const payload = text('a')
    let told: string[] = []
    for (let i = 0; i < OUTBOX_FRAMES_MAX + 10; i++) told = told.concat(faults(duet.multicast(payload)))
    expect(told).toEqual(['link-overflow'])
    for (let ack = 10_000; ack <= 30_000; ack += 10_000) duet.hear(duet.ack(ack))
    duet.hear(duet.ack(OUTBOX_FRAMES_MAX / 2 - 1))
    expect(sends(duet.multicast(payload))).toEqual([])
    expect(duet.inner.events).toEqual(['connect'])
    duet.hear(duet.ack(OUTBOX_FRAMES_MAX / 2))
    expect(duet.inner.events).toEqual(['connect', 'connect'])
    for (const ack of [49_000, 60_000, OUTBOX_FRAMES_MAX]) duet.hear(duet.ack(ack))
    expect(payloads(duet.multicast(text('next')))).toEqual([`${OUTBOX_FRAMES_MAX + 1} next`])
  })

  test('is bounded in bytes', () => {
    const duet = new Duet(true)
    const payload = new Uint8Array(OUTBOX_BYTES_MAX / 8)
    const told = Array.from({ length: 9 }, () => faults(duet.multicast(payload)))
    expect(told.flat()).toEqual(['link-overflow'])
    expect(told[8]).toEqual(['link-overflow'])
  })

  test('a frame that the transport cannot carry is dropped and reported, and blocks nothing', () => {
    const inner = new Recorder([bob])
    const link = linked(inner, { random: seeded(rng(1)), ordered: true, frameBytesMax: 1_000 })
    expect(faults(link.step({ type: 'multicast', payload: new Uint8Array(963) }, at(0)))).toEqual([])
    expect(faults(link.step({ type: 'multicast', payload: new Uint8Array(964) }, at(0)))).toEqual(['link-too-large'])
  })
})

describe('receiving', () => {
  test('frames are handed up in order and once, whatever the order in which they come', () => {
    const duet = joined(false)
    for (const seq of [2, 2, 4, 1, 1, 3, 2]) duet.hear(duet.data(seq, `m${seq}`))
    expect(duet.inner.texts()).toEqual(['m1', 'm2', 'm3', 'm4'])
  })

  test('a gap is acknowledged at once, with what is missing', () => {
    const duet = joined(false)
    duet.hear(duet.data(3, 'c'))
    const [ack] = frames(duet.hear(duet.data(6, 'f')))
    expect(ack).toMatchObject({ type: 'ack', ack: 0, runs: [2, 1, 2, 1] })
  })

  test('a repeated frame is acknowledged at once: the first acknowledgement was lost', () => {
    const duet = joined(false)
    expect(frames(duet.hear(duet.data(1, 'a')))).toEqual([])
    expect(frames(duet.hear(duet.data(1, 'a')))).toMatchObject([{ type: 'ack', ack: 1, runs: [] }])
  })

  test.each([
    ['on an ordered transport', true, 200],
    ['on a lossy one', false, 20],
  ])('an acknowledgement waits for a frame to travel on, %s', (_, ordered, delay) => {
    const duet = joined(ordered)
    const effects = duet.hear(duet.data(1, 'a'))
    expect(effects).toEqual([{ type: 'set-timer', timer: 'ack', at: delay }])
    expect(frames(duet.multicast(text('answer')))).toMatchObject([{ type: 'data', ack: 1 }])
    expect(duet.timeout('ack')).toEqual([])
    duet.hear(duet.data(2, 'b'))
    expect(frames(duet.timeout('ack'))).toMatchObject([{ type: 'ack', ack: 2 }])
  })

  test('every 64 frames, and every 256 KiB, are acknowledged at once', () => {
    const duet = joined(true)
    const acks: number[] = []
    for (let seq = 1; seq <= ACK_FRAMES_MAX; seq++) if (frames(duet.hear(duet.data(seq, 'a'))).length) acks.push(seq)
    expect(acks).toEqual([ACK_FRAMES_MAX])
    duet.hear(duet.data(ACK_FRAMES_MAX + 1, new Uint8Array(200_000)))
    expect(frames(duet.hear(duet.data(ACK_FRAMES_MAX + 2, new Uint8Array(200_000))))).toMatchObject([{ type: 'ack' }])
  })

  test('nothing beyond the window, and no more than the reorder bytes, is kept', () => {
    const duet = joined(false)
    duet.hear(duet.data(WINDOW_FRAMES_MAX + 1, 'too far'))
    duet.hear(duet.data(WINDOW_FRAMES_MAX, 'just'))
    const [ack] = frames(duet.hear(duet.data(Number.MAX_SAFE_INTEGER, 'absurd')))
    expect(ack).toMatchObject({ runs: [WINDOW_FRAMES_MAX - 1, 1] })
    const heavy = joined(false)
    const half = new Uint8Array(REORDER_BYTES_MAX / 2)
    let last: readonly Step[] = []
    for (const seq of [2, 3, 4]) last = heavy.hear(heavy.data(seq, half))
    expect(frames(last)).toMatchObject([{ runs: [1, 2] }])
    heavy.hear(heavy.data(1, 'first'))
    for (let i = 0; i < 10; i++) heavy.hear(heavy.data(5, half)) // the same frame counts once
    expect(frames(heavy.hear(heavy.data(6, half)))).toMatchObject([{ runs: [1, 2] }])
    expect(heavy.inner.heard).toHaveLength(3)
  })

  test('what is read ahead reaches the inner layer, and prepare changes nothing', () => {
    const duet = joined(true)
    const bytes = encode(frameCodec, duet.data(1, 'a'))
    const input = { type: 'receive', from: bob, bytes } as const
    const first = duet.link.prepare?.(input)
    const second = duet.link.prepare?.(input)
    expect(second).toEqual(first)
    duet.step(first?.input ?? input)
    duet.step(second?.input ?? input)
    expect([duet.inner.texts(), duet.inner.prepared]).toEqual([['a'], 1])
  })
})

describe('incarnations', () => {
  test('a peer that restarted begins at 1, and is not sent what its predecessor was owed', () => {
    const duet = joined(true)
    duet.hear(duet.data(1, 'old'))
    duet.multicast(text('for the old one'))
    duet.step({ type: 'disconnect', peer: bob })
    duet.bobSession = new Uint8Array(8).fill(0xb1)
    expect(payloads(duet.join())).toEqual([])
    duet.hear(duet.data(1, 'new'))
    expect(duet.inner.texts()).toEqual(['old', 'new'])
    expect(payloads(duet.multicast(text('for the new one')))).toEqual(['1 for the new one'])
    expect(duet.inner.events).toEqual(['connect', 'disconnect', 'connect'])
  })

  test('a recorded session does not come back: it cannot echo a new nonce', () => {
    const duet = new Duet(false)
    const greeting = duet.step({ type: 'connect', peer: bob })
    const [asked] = frames(greeting)
    if (asked?.type !== 'hello') throw new Error('no greeting')
    duet.greet(greeting)
    const recording: Frame[] = [
      { type: 'hello', session: bobSession, peerSession: duet.session, nonce: NONE, echo: asked.nonce, received: 0 },
      {
        type: 'hello',
        session: bobSession,
        peerSession: duet.session,
        nonce: text('recorded'),
        echo: asked.nonce,
        received: 0,
      },
      duet.data(1, 'old'),
      duet.data(2, 'older'),
    ]
    for (const one of recording) duet.hear(one)
    duet.bobSession = new Uint8Array(8).fill(0xb1)
    duet.join()
    duet.hear(duet.data(1, 'new'))
    for (const one of [...recording, ...recording]) duet.hear(one)
    duet.hear(duet.data(2, 'newer'))
    expect(duet.inner.texts()).toEqual(['old', 'older', 'new', 'newer'])
  })

  test('our own frames sent back to us are ignored', () => {
    const duet = joined(false)
    duet.now = 1_000
    const own = [...sends(duet.multicast(text('a'))), ...sends(duet.step({ type: 'connect', peer: bob }))]
    expect(own.map((bytes) => frame(bytes).type)).toEqual(['data', 'hello'])
    duet.now = 2_000
    for (const bytes of own) expect(duet.step({ type: 'receive', from: bob, bytes })).toEqual([])
    expect(duet.inner.heard).toEqual([])
  })

  test('frames of strangers are answered by at most one greeting in 200 ms', () => {
    const duet = new Duet(false)
    duet.session = text('nobody.x').subarray(0, 8)
    const answers = Array.from({ length: 100 }, () => sends(duet.hear(duet.data(1, 'a'))).length)
    expect(answers.reduce((sum, one) => sum + one)).toBe(1)
    duet.now = 200
    expect(sends(duet.hear(duet.data(1, 'a')))).toHaveLength(1)
  })

  test('a process that restarts while its peer keeps sending is found out without a connection', () => {
    const next = rng(5)
    const net = new Net(next, { loss: 0.2, duplication: 0.1, delayMs: () => 5, ordered: false })
    const a = new Recorder([bob])
    const old = new Recorder([alice])
    net.add(alice, linked(a, { random: seeded(next), ordered: false }))
    net.add(bob, linked(old, { random: seeded(next), ordered: false }))
    for (let i = 0; i < 20; i++) net.after(i * 10, () => net.input(alice, { type: 'multicast', payload: text(`${i}`) }))
    net.run(5_000)
    const young = new Recorder([alice])
    const recorded = net.frames.filter((one) => one.to === alice || one.to === bob)
    net.add(bob, linked(young, { random: seeded(next), ordered: false }))
    for (let i = 20; i < 40; i++) net.input(alice, { type: 'multicast', payload: text(`${i}`) })
    net.run(10_000)
    for (const one of recorded) net.transmit(one.from, one.to, one.bytes)
    for (let i = 40; i < 60; i++) net.input(alice, { type: 'multicast', payload: text(`${i}`) })
    net.run(20_000)
    expect(old.texts()).toEqual(Array.from({ length: 20 }, (_, i) => `${i}`))
    expect(young.texts()).toEqual(Array.from({ length: 20 }, (_, i) => `${i + 40}`))
    expect(net.faults).toEqual([])
  })
})

describe('peers that lie', () => {
  test('nonsense is a fault, sixteen times at most', () => {
    const duet = joined(true)
    const told = Array.from({ length: 100 }, () =>
      faults(duet.step({ type: 'receive', from: bob, bytes: text('nonsense') })),
    )
    expect(told.flat()).toEqual(new Array(FAULTS_PER_PEER_MAX).fill('link-malformed'))
  })

  test('acknowledging what was never sent is a fault', () => {
    const duet = joined(true)
    duet.multicast(text('a'))
    expect(faults(duet.hear(duet.ack(2)))).toEqual(['link-bad-ack'])
    expect(faults(duet.hear(duet.ack(1)))).toEqual([])
  })

  test('state is kept for 192 peers heard first and 256 in all', () => {
    const inner = new Recorder([])
    const link = linked(inner, { random: seeded(rng(1)), ordered: false })
    const crowd = Array.from({ length: 600 }, (_, n) =>
      processIdOf(Uint8Array.from({ length: 32 }, (__, i) => (i < 2 ? (n >> (8 * i)) & 255 : 0))),
    )
    const heard = crowd.slice(0, 300).filter((from) => {
      return faults(link.step({ type: 'receive', from, bytes: text('nonsense') }, at(0))).length > 0
    })
    expect(heard).toHaveLength(PEERS_HEARD_MAX)
    inner.to = crowd.slice(300)
    const effects = link.step({ type: 'multicast', payload: text('a') }, at(0))
    expect(sends(effects)).toHaveLength(PEERS_MAX - PEERS_HEARD_MAX)
    expect(faults(effects)).toEqual(['link-overflow'])
  })
})

describe('the inner layer', () => {
  test('keeps its timers, under names that never clash with ours', () => {
    const timers: Step[] = [
      { type: 'set-timer', timer: 'ack', at: at(5) },
      { type: 'clear-timer', timer: 'retry' },
    ]
    const heard: string[] = []
    const inner: Layer = {
      step(input) {
        if (input.type === 'timeout') heard.push(input.timer)
        return input.type === 'start' ? timers : [input]
      },
    }
    const link = linked(inner, { random: seeded(rng(1)), ordered: true })
    expect(link.step({ type: 'start' }, at(0))).toEqual([
      { type: 'set-timer', timer: 'inner/ack', at: 5 },
      { type: 'clear-timer', timer: 'inner/retry' },
    ])
    expect(link.step({ type: 'timeout', timer: 'inner/ack' }, at(5))).toEqual([])
    expect(heard).toEqual(['ack'])
    expect(link.step({ type: 'leave' }, at(5))).toEqual([{ type: 'leave' }])
  })
})

describe('an authenticator', () => {
  test('tags every frame, and frames with a wrong tag change nothing and accuse nobody', () => {
    const next = rng(3)
    const net = new Net(next, { loss: 0, duplication: 0, delayMs: () => 5, ordered: false }, true)
    const b = new Recorder([alice])
    net.add(
      alice,
      linked(new Recorder([bob]), { random: seeded(next), ordered: false, authenticator: authenticator(alice) }),
    )
    net.add(bob, linked(b, { random: seeded(next), ordered: false, authenticator: authenticator(bob) }))
    net.input(alice, { type: 'multicast', payload: text('a') })
    net.run(1_000)
    expect(b.texts()).toEqual(['a'])
    const recorded = net.frames.slice()
    for (const { to, from, bytes } of recorded) {
      for (let i = 0; i < bytes.length; i++) {
        const forged = bytes.slice()
        forged[i] = (forged[i] as number) ^ 1
        net.transmit(from, to, forged)
      }
      net.transmit(from, to, bytes.subarray(0, 4))
      net.transmit(from, to, new Uint8Array())
    }
    net.run(2_000)
    expect(b.texts()).toEqual(['a'])
    expect(net.faults).toEqual([])
  })
})
