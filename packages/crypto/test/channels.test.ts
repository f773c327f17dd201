import type { ProcessId } from '@testudo/core'
import {
  CHANNEL_FRAMES_MAX,
  CHANNEL_PEERS_MAX,
  type ChannelPeer,
  type Channels,
  createIdentity,
  FRAME_OVERHEAD_BYTES,
  nobleBackend,
  nodeBackend,
  openChannels,
  suite,
} from '@testudo/crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openFrame, sealFrame } from '../src/direction.js'
import { backEnds, outcome } from './back-ends.js'
import { hex } from './hex.js'

const context = new TextEncoder().encode('group a')
const [a, b, c] = [createIdentity().id, createIdentity().id, createIdentity().id]
const text = new TextEncoder().encode('attack at dawn')

interface End {
  readonly channels: Channels
  readonly peer: ChannelPeer
}

function end(self: ProcessId, options: { readonly capacity?: number; readonly context?: Uint8Array } = {}): End {
  const channels = openChannels({ self, context, ...options })
  return { channels, peer: { id: self, agreement: channels.publicKey } }
}

describe('a channel', () => {
  test('carries frames both ways, with different keys, at one shared secret a side', () => {
    const [alice, bob] = [end(a), end(b)]
    const there = alice.channels.seal(bob.peer, text) as Uint8Array
    const back = bob.channels.seal(alice.peer, text) as Uint8Array
    expect(there).toHaveLength(text.length + FRAME_OVERHEAD_BYTES)
    expect(there.subarray(8)).not.toEqual(back.subarray(8))
    expect(bob.channels.open(alice.peer, there)).toEqual(text)
    expect(alice.channels.open(bob.peer, back)).toEqual(text)
    expect([alice.channels.agreements, bob.channels.agreements]).toEqual([1, 1])
  })

  test('joins a noble end and a node end', () => {
    const [alice, bob] = [nodeBackend(), nobleBackend()].map((backEnd, i) => {
      const self = [a, b][i] as ProcessId
      const channels = openChannels({ self, context, suite: suite(backEnd) })
      return { channels, peer: { id: self, agreement: channels.publicKey } }
    }) as [End, End]
    const frame = alice.channels.seal(bob.peer, text) as Uint8Array
    expect(bob.channels.open(alice.peer, frame)).toEqual(text)
  })

  test('opens each frame once, and none behind a later one', () => {
    const [alice, bob] = [end(a), end(b)]
    const [first, second, third] = [1, 2, 3].map(() => alice.channels.seal(bob.peer, text) as Uint8Array)
    expect(bob.channels.open(alice.peer, first as Uint8Array)).toEqual(text)
    expect(bob.channels.open(alice.peer, first as Uint8Array)).toBeUndefined()
    expect(bob.channels.open(alice.peer, third as Uint8Array)).toEqual(text)
    expect(bob.channels.open(alice.peer, second as Uint8Array)).toBeUndefined()
    expect(bob.channels.open(alice.peer, third as Uint8Array)).toBeUndefined()
  })

  test('a forged frame with a high number does not shut out the true ones', () => {
    const [alice, bob] = [end(a), end(b)]
    const frame = alice.channels.seal(bob.peer, text) as Uint8Array
    const forged = frame.slice()
    forged[6] = 200
    expect(bob.channels.open(alice.peer, forged)).toBeUndefined()
    expect(bob.channels.open(alice.peer, frame)).toEqual(text)
  })

  test('is bound to sender, receiver, context, epoch and aad, and cannot be reflected', () => {
    const [alice, bob, carol] = [end(a), end(b), end(c)]
    const frame = alice.channels.seal(bob.peer, text, context) as Uint8Array
    expect(alice.channels.open(bob.peer, frame, context)).toBeUndefined()
    expect(carol.channels.open(alice.peer, frame, context)).toBeUndefined()
    expect(bob.channels.open(carol.peer, frame, context)).toBeUndefined()
    expect(bob.channels.open({ id: c, agreement: alice.peer.agreement }, frame, context)).toBeUndefined()
    expect(bob.channels.open(end(a).peer, frame, context)).toBeUndefined()
    expect(bob.channels.open(alice.peer, frame)).toBeUndefined()
    expect(bob.channels.open(alice.peer, frame, context)).toEqual(text)
  })

  test('of another context has other keys', () => {
    const shared = { bytes: () => new Uint8Array(32).fill(5) }
    const fixed = { ...suite(), ...shared } // the same epoch secret in both, which only a test can have
    const peer = end(b).peer
    const frames = ['one', 'two'].map((name) =>
      openChannels({ self: a, context: new TextEncoder().encode(name), suite: fixed }).seal(peer, text),
    )
    expect(frames[0]).not.toEqual(frames[1])
  })

  test('takes any bytes of a peer without throwing', () => {
    const [alice, bob] = [end(a), end(b)]
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.uint8Array({ maxLength: 40 }), (frame, agreement) => {
        expect(bob.channels.open(alice.peer, frame)).toBeUndefined()
        expect(bob.channels.open({ id: a, agreement }, frame)).toBeUndefined()
      }),
      { numRuns: 200 },
    )
  })

  test('with a key of small order, of another length, or of nobody is not opened', () => {
    const alice = end(a)
    for (const agreement of [new Uint8Array(32), new Uint8Array(31), new Uint8Array(0)]) {
      expect(alice.channels.seal({ id: b, agreement }, text)).toBeUndefined()
    }
    expect(alice.channels.seal({ id: 'nobody' as ProcessId, agreement: end(b).peer.agreement }, text)).toBeUndefined()
    expect(alice.channels.size).toBe(0)
  })

  test('to oneself is a mistake', () => {
    const alice = end(a)
    expect(outcome(() => alice.channels.seal(alice.peer, text))).toEqual({ code: 'channel-self' })
    expect(outcome(() => alice.channels.open(alice.peer, text))).toEqual({ code: 'channel-self' })
  })
})

describe('the cache', () => {
  test('forgets the keys unused for longest, and neither repeats a nonce nor admits a replay when they come back', () => {
    const [alice, bob, carol] = [end(a, { capacity: 1 }), end(b, { capacity: 1 }), end(c)]
    const first = alice.channels.seal(bob.peer, text) as Uint8Array
    expect(bob.channels.open(alice.peer, first)).toEqual(text)
    alice.channels.seal(carol.peer, text)
    bob.channels.seal(carol.peer, text)
    expect([alice.channels.cached(bob.peer), alice.channels.cached(carol.peer), alice.channels.size]).toEqual([
      false,
      true,
      1,
    ])
    const second = alice.channels.seal(bob.peer, text) as Uint8Array
    expect(hex(second.subarray(0, 8))).toBe('0000000000000002')
    expect(bob.channels.open(alice.peer, first)).toBeUndefined()
    expect(bob.channels.open(alice.peer, second)).toEqual(text)
    expect(alice.channels.agreements).toBe(3)
  })

  test('a dropped channel comes back the same, for the end that did not drop it too', () => {
    const [alice, bob] = [end(a), end(b)]
    const first = alice.channels.seal(bob.peer, text) as Uint8Array
    bob.channels.open(alice.peer, first)
    alice.channels.drop(bob.peer)
    expect(alice.channels.cached(bob.peer)).toBe(false)
    const second = alice.channels.seal(bob.peer, text) as Uint8Array
    expect(bob.channels.open(alice.peer, second)).toEqual(text)
    expect(bob.channels.open(alice.peer, first)).toBeUndefined()
  })

  test('a capacity is a whole number within the limits', () => {
    for (const capacity of [0, -1, 1.5, Number.NaN, CHANNEL_PEERS_MAX + 1]) {
      expect(outcome(() => end(a, { capacity }))).toEqual({ code: 'channel-capacity' })
    }
  })

  test('is gone after close', () => {
    const [alice, bob] = [end(a), end(b)]
    const frame = bob.channels.seal(alice.peer, text) as Uint8Array
    alice.channels.close()
    expect(alice.channels.size).toBe(0)
    expect(outcome(() => alice.channels.open(bob.peer, frame))).toEqual({ code: 'channel-closed' })
    expect(outcome(() => alice.channels.seal(bob.peer, text))).toEqual({ code: 'channel-closed' })
  })

  test('remembers the counters of CHANNEL_PEERS_MAX peers, then takes no new one and serves the old ones', () => {
    const [alice, bob] = [end(a, { capacity: 1 }), end(b)]
    const peerOf = (i: number): ChannelPeer => {
      const agreement = new Uint8Array(32).fill(9)
      new DataView(agreement.buffer).setUint32(0, i)
      return { id: b, agreement }
    }
    const frame = bob.channels.seal(alice.peer, text) as Uint8Array
    expect(alice.channels.open(bob.peer, frame)).toEqual(text)
    for (let i = 1; i < CHANNEL_PEERS_MAX; i++) alice.channels.open(peerOf(i), frame)
    expect(alice.channels.seal(peerOf(1), text)).toBeDefined()
    expect(outcome(() => alice.channels.seal(peerOf(CHANNEL_PEERS_MAX), text))).toEqual({ code: 'channel-peers' })
    expect(alice.channels.open(peerOf(CHANNEL_PEERS_MAX), frame)).toBeUndefined()
    expect(alice.channels.open(bob.peer, frame)).toBeUndefined() // still remembered as opened
  }, 60_000)
})

test.for(backEnds)('a direction carries CHANNEL_FRAMES_MAX frames and no more, on $name', (backEnd) => {
  const key = new Uint8Array(32).fill(1)
  const none = new Uint8Array(0)
  const counters = { sealed: CHANNEL_FRAMES_MAX - 1, opened: CHANNEL_FRAMES_MAX - 1 }
  const last = sealFrame(backEnd, key, counters, text, none)
  expect(openFrame(backEnd, key, counters, last, none)).toEqual(text)
  expect(outcome(() => sealFrame(backEnd, key, counters, text, none))).toEqual({ code: 'channel-exhausted' })
  const beyond = last.slice()
  beyond.fill(255, 0, 8)
  expect(openFrame(backEnd, key, { sealed: 0, opened: 0 }, beyond, none)).toBeUndefined()
})
