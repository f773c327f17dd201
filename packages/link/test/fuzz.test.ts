import { decode, encode } from '@testudo/codec'
import type { Bytes, Random } from '@testudo/core'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Frame, frameCodec } from '../src/frames.js'
import { FAULTS_PER_PEER_MAX, linked, WINDOW_FRAMES_MAX } from '../src/index.js'
import { at, faults, person, Recorder, rng, seeded, sends, text } from './harness.js'

const me = new Uint8Array(8).fill(1)
const id = fc.oneof(fc.uint8Array({ minLength: 8, maxLength: 8 }), fc.constant(me), fc.constant(new Uint8Array(8)))
const hex = (bytes: Bytes): string => Buffer.from(bytes).toString('hex')
const random: Random = { bytes: (length) => me.subarray(0, length) }
const counter = fc.oneof(fc.nat(20), fc.maxSafeNat())
const frames: fc.Arbitrary<Frame> = fc.oneof(
  fc.record({
    type: fc.constant('hello' as const),
    session: id,
    peerSession: id,
    nonce: id,
    echo: id,
    received: counter,
  }),
  fc.record({
    type: fc.constant('data' as const),
    session: id,
    peerSession: id,
    seq: counter,
    ack: counter,
    payload: fc.uint8Array({ maxLength: 40 }),
  }),
  fc.record({
    type: fc.constant('ack' as const),
    session: id,
    peerSession: id,
    ack: counter,
    runs: fc.array(fc.nat(WINDOW_FRAMES_MAX), { maxLength: 64 }),
  }),
)

test('whatever decodes is written again as the same bytes, whatever is written decodes', () => {
  fc.assert(
    fc.property(frames, fc.nat(), fc.nat(255), (frame, place, byte) => {
      const bytes = encode(frameCodec, frame)
      expect(decode(frameCodec, bytes)).toEqual(frame)
      expect(decode(frameCodec, Uint8Array.of(...bytes, 0))).toBeUndefined()
      bytes[place % bytes.length] = byte
      const changed = decode(frameCodec, bytes)
      expect(changed === undefined ? bytes : encode(frameCodec, changed)).toEqual(bytes)
    }),
    { numRuns: 2_000 },
  )
})

test('the frames of the first release keep their encoding', () => {
  const [a, b, c, d] = [1, 2, 3, 4].map((n) => new Uint8Array(8).fill(n)) as [Bytes, Bytes, Bytes, Bytes]
  expect(
    [
      { type: 'hello', session: a, peerSession: b, nonce: c, echo: d, received: 300 } as const,
      { type: 'data', session: a, peerSession: b, seq: 5, ack: 6, payload: text('hi') } as const,
      { type: 'ack', session: a, peerSession: b, ack: 128, runs: [2, 1] } as const,
    ].map((frame) => hex(encode(frameCodec, frame))),
  ).toEqual([
    '010101010101010101020202020202020203030303030303030404040404040404ac02',
    '02010101010101010102020202020202020506026869',
    '03010101010101010102020202020202028001020201',
  ])
})

test('no bytes of a peer make the link throw, and prepare never changes what step does', () => {
  const bob = person(2)
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    frames.map((frame) => encode(frameCodec, frame)),
  )
  const inputs = fc.array(fc.tuple(bytes, fc.constantFrom('frame', 'connect', 'disconnect', 'send', 'ack', 'retry')))
  fc.assert(
    fc.property(inputs, fc.boolean(), (script, ordered) => {
      const layers = [0, 1].map(() => linked(new Recorder([bob]), { random, ordered }))
      const answers = layers.map((layer, which) =>
        script.map(([payload, what], i) => {
          const now = at(i * 40)
          if (what === 'connect' || what === 'disconnect') return layer.step({ type: what, peer: bob }, now)
          if (what === 'ack' || what === 'retry') return layer.step({ type: 'timeout', timer: what }, now)
          if (what === 'send') return layer.step({ type: 'multicast', payload }, now)
          const input = { type: 'receive', from: bob, bytes: payload } as const
          return layer.step(which === 0 ? input : (layer.prepare?.(input).input ?? input), now)
        }),
      )
      expect(answers[1]).toEqual(answers[0])
    }),
    { numRuns: 500 },
  )
})

test('a hostile peer in session gets few bytes for its own, few faults, and no memory', () => {
  const bob = person(2)
  fc.assert(
    fc.property(fc.array(frames, { minLength: 50, maxLength: 300 }), fc.nat(), (script, seed) => {
      const link = linked(new Recorder([bob]), { random: seeded(rng(seed)), ordered: false })
      const hear = (frame: Frame, now: number) =>
        link.step({ type: 'receive', from: bob, bytes: encode(frameCodec, frame) }, at(now))
      const [first] = sends(link.step({ type: 'connect', peer: bob }, at(0)))
      const hello = decode(frameCodec, first as Bytes)
      if (hello?.type !== 'hello') throw new Error('no greeting')
      hear({ ...hello, session: me, peerSession: hello.session, echo: hello.nonce, nonce: hello.echo, received: 0 }, 1)
      let accused = 0
      for (const [i, frame] of script.entries()) {
        const current = { ...frame, session: me, peerSession: hello.session } as Frame
        const effects = hear(i % 4 === 0 ? frame : current, 2 + i)
        expect(sends(effects).length).toBeLessThanOrEqual(2)
        accused += faults(effects).length
      }
      expect(accused).toBeLessThanOrEqual(FAULTS_PER_PEER_MAX)
    }),
    { numRuns: 200 },
  )
})
