import { encode } from '@testudo/codec'
import { type Bytes, equalBytes } from '@testudo/core'
import { describe, expect, test } from 'vitest'
import {
  ANNOUNCE_EVERY,
  ANNOUNCE_QUIETS,
  BODY_BYTES_MAX,
  EARLY_PEERS_MAX,
  ECHO_BYTES_MAX,
  ECHO_WINDOW,
  echoMessage,
  FORWARD_BYTES_MAX,
  FORWARDS_MAX,
  FUTURE_BYTES_MAX,
  FUTURE_MESSAGES_MAX,
  PAYLOAD_BYTES_MAX,
  RESENDS_MAX,
  RETAINED_BYTES_MAX,
  WAITING_MAX,
  WINDOW,
  WINDOW_BYTES_MAX,
} from '../src/index.js'
import { bodyIn, bodyOf, delivered, type Member, sent, suspicions, type Told, World } from './world.js'

const world = new World(4)
const hello = bodyOf('hello')
const overflow = expect.objectContaining({ code: 'overflow' })

/** Has all other members echo what a member initiates, and their counters announced if it is wanted. */
function answer(member: Member, told: readonly Told[], initiator = 0): readonly Told[] {
  return sent(told, 'init').flatMap(({ message }) =>
    [1, 2, 3]
      .filter((rank) => rank !== initiator)
      .flatMap((rank) => {
        const signature = world.sign(rank, world.said(initiator, message))
        return member.receive(rank, { type: 'echo', view: 1, seq: message.seq, signature })
      }),
  )
}

/** All others announce that they have delivered so many of member 0. */
function acknowledge(member: Member, count: number, seq: number): readonly Told[] {
  return [1, 2, 3].flatMap((rank) => member.receive(rank, world.commit(rank, seq, bodyOf(undefined, [count, 0, 0, 0]))))
}

describe('what this member sends', () => {
  test('WINDOW: so many payloads may be unstable, the next one waits for an acknowledgement by all', () => {
    const member = world.member(0)
    const inits = Array.from({ length: WINDOW + 1 }, () => sent(answered(member, 'hello'), 'init').length)
    expect(inits).toEqual([...new Array<number>(WINDOW).fill(1), 0])
    const told = acknowledge(member, 1, 1)
    expect(sent(told, 'init').map(({ message }) => message.seq)).toEqual([WINDOW + 1])
  })

  test('WINDOW: a mute member keeps it shut only until it is suspected', () => {
    const member = world.member(0, { stableMs: 1000, suspectMs: 2000 })
    for (let i = 0; i <= WINDOW; i++) answered(member, 'hello')
    for (const rank of [1, 2]) member.receive(rank, world.commit(rank, 1, bodyOf(undefined, [WINDOW, 0, 0, 0])))
    expect(sent(member.runTo(2500), 'init')).toEqual([])
    const told = member.runTo(4000)
    expect(suspicions(told)).toEqual(['3 unresponsive'])
    expect(sent(told, 'init').map(({ message }) => message.seq)).toContain(WINDOW + 1)
  })

  test('WINDOW_BYTES_MAX: as many bytes shut the window too', () => {
    const member = world.member(0)
    const payload = new Uint8Array(PAYLOAD_BYTES_MAX)
    const fitting = Math.ceil(WINDOW_BYTES_MAX / PAYLOAD_BYTES_MAX)
    expect(fitting).toBeLessThan(WINDOW)
    const inits = Array.from({ length: fitting + 1 }, () => sent(answered(member, payload), 'init').length)
    expect(inits.at(-1)).toBe(0)
    expect(sent(acknowledge(member, fitting, 1), 'init')).not.toEqual([])
  })

  test('WAITING_MAX: so many multicasts wait for the window, one more is refused and changes nothing', () => {
    const member = world.member(0)
    for (let i = 0; i < WINDOW + WAITING_MAX; i++) member.multicast('x')
    expect(() => member.multicast('x')).toThrow(overflow)
    expect(() => member.multicast('x')).toThrow(overflow)
  })

  test('PAYLOAD_BYTES_MAX: the largest payload is delivered, a larger one is refused', () => {
    const member = world.member(0)
    const told = answered(member, new Uint8Array(PAYLOAD_BYTES_MAX))
    expect(delivered(told)[0]).toHaveLength(PAYLOAD_BYTES_MAX)
    const tooLarge = new Uint8Array(PAYLOAD_BYTES_MAX + 1)
    expect(() => member.multicast(tooLarge)).toThrow(expect.objectContaining({ code: 'too-large' }))
    const largest = bodyOf(new Uint8Array(PAYLOAD_BYTES_MAX), new Array<number>(64).fill(Number.MAX_SAFE_INTEGER))
    expect(largest.length).toBeLessThanOrEqual(BODY_BYTES_MAX)
  })

  test('RESENDS_MAX: so many inits are sent again in one scan, the rest in the next ones', () => {
    const member = world.member(0, { resendMs: 500 })
    for (let i = 0; i < RESENDS_MAX + 5; i++) member.multicast('hello')
    const first = sent(member.runTo(500), 'init').map(({ message }) => message.seq)
    expect(first).toEqual(Array.from({ length: RESENDS_MAX }, (_, i) => i + 1))
    const next = sent(member.runTo(750), 'init').map(({ message }) => message.seq)
    expect(next).toEqual(Array.from({ length: 5 }, (_, i) => RESENDS_MAX + 1 + i))
  })

  test('ANNOUNCE_EVERY: counters go at once after so many payloads of others', () => {
    const member = world.member(1)
    for (let seq = 1; seq < ANNOUNCE_EVERY; seq++) {
      expect(sent(member.receive(0, world.commit(0, seq, hello)), 'init')).toEqual([])
    }
    const told = member.receive(0, world.commit(0, ANNOUNCE_EVERY, hello))
    const counters = bodyOf(undefined, [ANNOUNCE_EVERY, 0, 0, 0])
    expect(sent(told, 'init').map(({ message }) => message.digest)).toEqual([world.suite.hash(counters)])
    expect(bodyIn(counters)?.counters).toEqual([ANNOUNCE_EVERY, 0, 0, 0])
  })
})

describe('what others make it keep', () => {
  test('ECHO_WINDOW: an init too far above what is stable waits for its echo, or is not kept at all', () => {
    const member = world.member(1)
    expect(member.receive(0, world.init(0, ECHO_WINDOW + 1, hello)), 'not kept').toEqual([])
    for (let seq = 1; seq < ECHO_WINDOW; seq++) member.receive(0, world.commit(0, seq, hello))
    expect(sent(member.receive(0, world.init(0, ECHO_WINDOW, hello)), 'echo')).toHaveLength(1)
    member.receive(0, world.commit(0, ECHO_WINDOW, bodyOf('hello', [1, 0, 0, 0])))
    expect(sent(member.receive(0, world.init(0, ECHO_WINDOW + 1, hello)), 'echo'), 'kept, not echoed').toEqual([])
    const announced = bodyOf(undefined, [1, 0, 0, 0])
    expect(sent(member.receive(2, world.commit(2, 1, announced)), 'echo')).toEqual([])
    const told = member.receive(3, world.commit(3, 1, announced))
    expect(sent(told, 'echo'), 'the first one is stable').toEqual([
      { to: [0], message: world.echo(1, 0, ECHO_WINDOW + 1, hello) },
    ])
  })

  test('ECHO_WINDOW: a commit too far ahead is dropped without a check of its signatures', () => {
    const member = world.member(1)
    expect(member.receive(0, world.commit(0, ECHO_WINDOW + 1, hello, []))).toEqual([])
    expect(member.collect()).toEqual([])
    member.receive(0, world.commit(0, ECHO_WINDOW, hello))
    expect(member.collect()).toHaveLength(1)
  })

  test('FORWARDS_MAX: so many commits are forwarded to a member in one scan, the rest in the next ones', () => {
    const member = world.member(1, { stableMs: 1000, resendMs: 1000, announceMs: 100_000 })
    for (let seq = 1; seq <= FORWARDS_MAX + 3; seq++) member.receive(0, world.commit(0, seq, hello))
    const theirs = (told: readonly Told[]): number =>
      sent(told, 'commit').filter(({ message }) => message.initiator === 0).length
    expect(theirs(member.runTo(1000))).toBe(FORWARDS_MAX)
    expect(theirs(member.runTo(1500))).toBe(3)
  })

  test('FORWARD_BYTES_MAX: so many bytes are forwarded to a member in one scan, the rest in the next ones', () => {
    const member = world.member(1, { stableMs: 1000, resendMs: 1000, announceMs: 100_000 })
    const body = bodyOf(new Uint8Array(PAYLOAD_BYTES_MAX))
    const fitting = Math.ceil(FORWARD_BYTES_MAX / encode(echoMessage, world.commit(0, 1, body)).length)
    for (let seq = 1; seq <= fitting + 2; seq++) member.receive(0, world.commit(0, seq, body))
    const theirs = (told: readonly Told[]): number =>
      sent(told, 'commit').filter(({ message }) => message.initiator === 0).length
    expect(theirs(member.runTo(1000))).toBe(fitting)
    expect(theirs(member.runTo(1500))).toBe(2)
  })

  test('RETAINED_BYTES_MAX: what only suspected members lack is dropped, oldest first, and they are left behind', () => {
    const member = world.member(1, { stableMs: 1000, suspectMs: 2000 })
    const payload = new Uint8Array(PAYLOAD_BYTES_MAX)
    member.receive(0, world.commit(0, 1, hello))
    const told: Told[] = []
    const announce = (seq: number): void => {
      for (const rank of [0, 2]) {
        const own = rank === 0 ? 2 * seq : seq
        told.push(...member.receive(rank, world.commit(rank, own, bodyOf(undefined, [2 * seq - 1, 0, 0, 0]))))
      }
    }
    announce(1)
    told.push(...member.runTo(10_000)) // member 3 announces nothing
    expect(suspicions(told)).toEqual(['3 unresponsive'])
    const commits = Math.ceil(RETAINED_BYTES_MAX / PAYLOAD_BYTES_MAX)
    for (let i = 1; i <= commits; i++) {
      told.push(...member.receive(0, world.commit(0, 2 * i + 1, bodyOf(payload))))
      announce(i + 1)
    }
    expect(suspicions(told)).toEqual(['3 unresponsive', '3 left-behind'])
    const kept = member.collect()
    expect(kept.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(RETAINED_BYTES_MAX)
    const oldest = encode(echoMessage, world.commit(0, 1, hello))
    expect(kept.some((bytes) => equalBytes(bytes, oldest))).toBe(false)
  })

  const later = { ...world.view, id: 2 } as typeof world.view

  /** How many messages of a peer were kept for the next view: each init is echoed when it comes. */
  function kept(member: Member): number {
    return sent(member.views(later), 'echo').length
  }

  test('FUTURE_MESSAGES_MAX: so many messages of a peer are kept for a view to come, the rest is dropped', () => {
    const member = world.member(1)
    const init = encode(echoMessage, world.init(0, 1, hello, later))
    for (let i = 0; i <= FUTURE_MESSAGES_MAX; i++) member.receive(0, init)
    member.receive(2, world.init(2, 1, hello, later))
    const echoed = sent(member.views(later), 'echo').map(({ to }) => to[0])
    expect(echoed.filter((to) => to === 0)).toHaveLength(FUTURE_MESSAGES_MAX)
    expect(echoed, 'another peer has room of its own').toContain(2)
  })

  test('FUTURE_BYTES_MAX: so many bytes of a peer are kept for a view to come, the rest is dropped', () => {
    const member = world.member(1)
    const body = bodyOf(new Uint8Array(PAYLOAD_BYTES_MAX))
    const fitting = Math.floor(FUTURE_BYTES_MAX / encode(echoMessage, world.commit(0, 1, body)).length)
    for (let seq = 1; seq <= fitting + 1; seq++) member.receive(0, world.commit(0, seq, body, undefined, later))
    member.receive(2, world.commit(2, 1, hello, undefined, later))
    const told = delivered(member.views(later))
    expect(told.filter((payload) => payload !== 'hello')).toHaveLength(fitting)
    expect(told, 'another peer has room of its own').toContain('hello')
  })

  test('EARLY_PEERS_MAX: messages of so many peers are kept for a view to come', () => {
    const crowd = new World(EARLY_PEERS_MAX + 1)
    const member = world.member(1)
    for (const from of crowd.ids.slice(0, EARLY_PEERS_MAX)) {
      member.input({ type: 'receive', from, bytes: early(from === crowd.ids[0] ? 3 : 2) })
    }
    member.receive(0, world.init(0, 1, hello, later))
    expect(kept(member), 'the peers before took all places').toBe(0)
  })

  function early(view: number): Bytes {
    return encode(echoMessage, { ...world.init(0, 1, hello, later), view })
  }
})

describe('what one member can make this one keep', () => {
  test('ECHO_BYTES_MAX: so many bytes above what is stable are echoed, the rest when that is acknowledged', () => {
    const member = world.member(1)
    const body = bodyOf(new Uint8Array(PAYLOAD_BYTES_MAX))
    const fitting = Math.floor(ECHO_BYTES_MAX / body.length)
    const echoes = (told: readonly Told[]): number => sent(told, 'echo').length
    for (let seq = 1; seq <= fitting; seq++) expect(echoes(member.receive(0, world.init(0, seq, body)))).toBe(1)
    expect(echoes(member.receive(0, world.init(0, fitting + 1, body)))).toBe(0)
    member.receive(0, world.commit(0, 1, body))
    const acknowledged = [2, 3].flatMap((rank) =>
      member.receive(rank, world.commit(rank, 1, bodyOf(undefined, [1, 0, 0, 0]))),
    )
    expect(echoes(acknowledged)).toBe(1)
  })

  test('behind a gap nothing is echoed: the last ones first would be without a bound', () => {
    const member = world.member(1)
    expect(sent(member.receive(0, world.init(0, 2, hello)), 'echo')).toEqual([])
    expect(sent(member.receive(0, world.init(0, 1, hello)), 'echo')).toHaveLength(2)
  })

  test('an init that says less than its body is none of the commit, and nobody else is blamed for it', () => {
    const member = world.member(1)
    const told = member.receive(0, { ...world.init(0, 1, hello), bytes: 1 })
    expect(sent(told, 'echo')).toHaveLength(1)
    expect(delivered(member.receive(0, world.commit(0, 1, hello)))).toEqual(['hello'])
    expect(member.faults).toEqual([])
  })
})

describe('counters that nobody asked for', () => {
  test('ANNOUNCE_QUIETS: after so many multicasts of counters alone, ours are announced too', () => {
    const member = world.member(1, { announceMs: 50 })
    const quiet = bodyOf(undefined, [0, 0, 0, 0])
    for (let seq = 1; seq < ANNOUNCE_QUIETS; seq++) member.receive(0, world.commit(0, seq, quiet))
    expect(member.runTo(10_000).filter((told) => 'message' in told && told.message?.type === 'init')).toEqual([])
    member.receive(0, world.commit(0, ANNOUNCE_QUIETS, quiet))
    expect(sent(member.runTo(20_000), 'init').length).toBeGreaterThan(0)
  })
})

function answered(member: Member, payload: string | Bytes): readonly Told[] {
  const told = member.multicast(payload)
  return [...told, ...answer(member, told)]
}
