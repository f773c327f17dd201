import {
  type Bytes,
  type Claim,
  type Input,
  instant,
  type Layer,
  type ProcessId,
  processIdOf,
  type Receive,
  type Step,
} from '@testudo/core'
import { describe, expect, test } from 'vitest'
import { Driver, type DriverHost } from '../src/driver.js'
import {
  CLAIMS_AHEAD_MAX,
  GRACE_MS,
  HAND_OVER_MIN,
  RECEIVED_BYTES_MAX,
  RECEIVED_EXCESS,
  RECEIVED_FRAMES_MAX,
} from '../src/limits.js'
import { Verdicts } from '../src/verdicts.js'
import { HandClock, HandTransport, read, text } from './toys.js'

const alice = processIdOf(new Uint8Array(32).fill(1))
const bob = processIdOf(new Uint8Array(32).fill(2))

interface Stage {
  readonly driver: Driver
  readonly transport: HandTransport
  readonly clock: HandClock
  readonly told: string[]
  readonly verdicts: Verdicts
}

type VerifyAll = (claims: readonly Claim[]) => Promise<readonly boolean[]>

function stage(layer: Layer, verifyAll?: VerifyAll, verify: (claim: Claim) => boolean = () => true): Stage {
  const told: string[] = []
  const host: DriverHost = {
    up: (up) => told.push(up.type === 'deliver' ? read(up.payload) : up.type),
    fault: ({ code }) => told.push(`fault ${code}`),
    unanswered: ({ type }) => told.push(`unanswered ${type}`),
    warn: ({ code }) => told.push(`warn ${code}`),
    failed: (error) => told.push(`failed ${(error as Error).message}`),
  }
  const transport = new HandTransport()
  const clock = new HandClock()
  const verdicts = new Verdicts({ verify }, clock)
  const suite = verifyAll === undefined ? undefined : { verifyAll }
  const driver = new Driver({ layer, transport, clock, verdicts, suite }, host)
  driver.start()
  return { driver, transport, clock, told, verdicts }
}

const at = instant

describe('steps', () => {
  test('execute effects in their order', () => {
    const { told, transport, driver } = stage({
      step: (input): readonly Step[] =>
        input.type === 'leave'
          ? [
              { type: 'fault', fault: { culprit: bob, code: 'first' } },
              { type: 'send', to: [alice, bob], bytes: text('second') },
              { type: 'leave' },
              { type: 'block', view: 1 as never },
            ]
          : [input],
    })
    driver.feed({ type: 'leave' })
    expect(told).toEqual(['fault first', 'unanswered leave', 'block'])
    expect(transport.sent.map(({ to }) => to)).toEqual([alice, bob])
  })

  test('never nest: what arises during a step is handled after it', () => {
    const story: string[] = []
    const { driver, transport } = stage({
      step(input) {
        story.push(`begin ${input.type}`)
        const effects: Step[] = input.type === 'leave' ? [{ type: 'send', to: [bob], bytes: text('x') }] : []
        story.push(`end ${input.type}`)
        return effects
      },
    })
    transport.send = () => transport.handler?.connect(bob)
    driver.feed({ type: 'leave' })
    expect(story).toEqual(['begin start', 'end start', 'begin leave', 'end leave', 'begin connect', 'end connect'])
  })

  test('end with the first exception, in the middle of a list of effects too', () => {
    const { driver, told, transport, clock } = stage({
      step(input): readonly Step[] {
        if (input.type === 'leave') {
          return [
            { type: 'set-timer', timer: 'a', at: at(1) },
            { type: 'ask', ask: 1, request: 'x' },
            { type: 'send', to: [bob], bytes: text('x') },
          ]
        }
        return []
      },
    })
    driver.feed({ type: 'leave' })
    driver.feed({ type: 'leave' })
    clock.advance(10)
    expect(told).toEqual(['failed a layer asks a trusted service, but the group was opened without one'])
    expect([transport.sent, clock.alarms.size]).toEqual([[], 0])
  })
})

describe('timers', () => {
  const timed = (script: Record<string, readonly Step[]>): Stage & { readonly fired: string[] } => {
    const fired: string[] = []
    const layer: Layer = {
      step(input: Input) {
        if (input.type !== 'timeout') return script[input.type] ?? []
        fired.push(input.timer)
        return script[input.timer] ?? []
      },
    }
    return { ...stage(layer), fired }
  }
  const set = (timer: string, ms: number): Step => ({ type: 'set-timer', timer, at: at(ms) })

  test('fire in the order of their times, once, over one alarm', () => {
    const { fired, clock } = timed({ start: [set('c', 30), set('a', 10), set('b', 20), set('z', 1_000)] })
    expect(clock.alarms.size).toBe(1)
    clock.advance(9)
    expect(fired).toEqual([])
    clock.advance(25)
    clock.advance(35)
    expect(fired).toEqual(['a', 'b', 'c'])
    expect(clock.alarms.size).toBe(1)
  })

  test('are replaced, and forgotten, even in the very step of an earlier one that is due', () => {
    const { fired, clock } = timed({
      start: [
        set('a', 10),
        set('b', 10),
        set('c', 10),
        set('d', 10),
        set('d', 50),
        { type: 'clear-timer', timer: 'c' },
      ],
      a: [{ type: 'clear-timer', timer: 'b' }, set('e', 12)],
    })
    clock.advance(11)
    expect(fired).toEqual(['a'])
    clock.advance(40)
    expect(fired).toEqual(['a', 'e'])
    clock.advance(50)
    expect(fired).toEqual(['a', 'e', 'd'])
  })
})

/** Delivers payloads; those that begin with 'c' carry a claim. */
function checking(verify: (claim: Claim) => boolean): Layer {
  const claimOf = (input: Receive): Claim => ({ signer: input.from, bytes: input.bytes, signature: input.bytes })
  return {
    step(input) {
      if (input.type !== 'receive') return []
      const claim = (input.prepared as Claim | undefined) ?? claimOf(input)
      const good = read(input.bytes).startsWith('c') ? verify(claim) : true
      return [
        { type: 'deliver', view: 1 as never, sender: input.from, seq: 1, payload: good ? input.bytes : text('bad') },
      ]
    },
    prepare(input) {
      if (!read(input.bytes).startsWith('c')) return { claims: [], input }
      const claim = claimOf(input)
      return { claims: [claim], input: { ...input, prepared: claim } }
    },
  }
}

interface Checking extends Stage {
  readonly batches: { readonly claims: readonly Claim[]; readonly answer: (verdicts?: readonly boolean[]) => void }[]
  readonly onTheSpot: string[]
  hear(from: ProcessId, bytes: Bytes | string): void
  turn(): Promise<void>
}

function checkingStage(): Checking {
  const batches: Checking['batches'] = []
  const onTheSpot: string[] = []
  const known: { verdicts?: Verdicts } = {}
  const verifyAll: VerifyAll = (claims) =>
    new Promise((resolve, reject) => {
      batches.push({
        claims,
        answer: (answers) => (answers === undefined ? reject(new Error('no thread')) : resolve(answers)),
      })
    })
  const made = stage(
    checking((claim) => known.verdicts?.verify(claim) ?? false),
    verifyAll,
    (claim) => {
      onTheSpot.push(read(claim.bytes))
      return true
    },
  )
  known.verdicts = made.verdicts
  return {
    ...made,
    batches,
    onTheSpot,
    hear: (from, bytes) => made.transport.handler?.receive(from, typeof bytes === 'string' ? text(bytes) : bytes),
    turn: () => new Promise((resolve) => setImmediate(() => setImmediate(resolve))),
  }
}

/** Answers every batch that comes, until none does. */
async function answered(batches: Checking['batches'], turn: () => Promise<void>): Promise<void> {
  await turn()
  for (const { claims, answer } of batches) {
    answer(claims.map(() => true))
    await turn() // it may lead to another one, at the end
  }
}

describe('checking ahead', () => {
  test('gathers the claims of a turn, steps each peer in order, and lets nobody wait for another', async () => {
    const { told, hear, turn, batches, onTheSpot } = checkingStage()
    for (const word of ['c1', '2', 'c3', 'c4', 'c5']) hear(alice, word)
    hear(bob, 'free')
    expect(told).toEqual(['free'])
    await turn()
    expect(batches).toHaveLength(1)
    for (const word of ['c6', 'c7', 'c8', 'c9']) hear(bob, word)
    await turn()
    batches[1]?.answer([false, true, true, true])
    await turn()
    expect(told).toEqual(['free', 'bad', 'c7', 'c8', 'c9'])
    batches[0]?.answer([true, true, true, true])
    await turn()
    expect(told.slice(5)).toEqual(['c1', '2', 'c3', 'c4', 'c5'])
    expect(onTheSpot).toEqual([])
    hear(alice, 'direct')
    expect(told.at(-1)).toBe('direct')
  })

  test('that fails is made up for on the spot', async () => {
    const { told, hear, turn, batches, onTheSpot } = checkingStage()
    for (const word of ['c1', 'c2', 'c3', 'c4']) hear(alice, word)
    await turn()
    batches[0]?.answer()
    await turn()
    expect(told).toEqual(['warn verify-ahead', 'c1', 'c2', 'c3', 'c4'])
    expect(onTheSpot).toEqual(['c1', 'c2', 'c3', 'c4'])
  })

  test('HAND_OVER_MIN: fewer claims are checked on the spot', async () => {
    const { told, hear, turn, batches, onTheSpot } = checkingStage()
    for (let i = 1; i < HAND_OVER_MIN; i++) hear(alice, `c${i}`)
    await turn()
    expect(batches).toEqual([])
    expect(onTheSpot).toEqual(told)
    expect(told).toHaveLength(HAND_OVER_MIN - 1)
  })

  test("pauses the transport at a peer's limit of frames, drops at twice that, goes on when half is done", async () => {
    const { told, hear, turn, batches, transport } = checkingStage()
    for (let i = 0; i < RECEIVED_FRAMES_MAX - 1; i++) hear(alice, `c${i}`)
    expect(transport.pauses).toEqual([])
    for (let i = 0; i < RECEIVED_FRAMES_MAX * (RECEIVED_EXCESS - 1) + 1; i++) hear(alice, `c again ${i}`)
    expect([transport.pauses, told]).toEqual([[true], []])
    hear(alice, 'one too many')
    expect(told).toEqual(['warn receive-overflow'])
    await answered(batches, turn)
    expect(transport.pauses).toEqual([true, false])
    expect(told).toHaveLength(1 + RECEIVED_FRAMES_MAX * RECEIVED_EXCESS)
  })

  test('CLAIMS_AHEAD_MAX: further claims of a peer wait unread, and another peer has its place in the batch', async () => {
    const { told, hear, turn, batches } = checkingStage()
    for (let i = 0; i < 500; i++) hear(alice, `c${i}`)
    for (let i = 0; i < 10; i++) hear(bob, `cb${i}`)
    await turn()
    const signers = batches.flatMap(({ claims }) => claims.map(({ signer }) => signer))
    expect(signers.filter((signer) => signer === alice)).toHaveLength(CLAIMS_AHEAD_MAX)
    expect(signers.filter((signer) => signer === bob)).toHaveLength(10)
    await answered(batches, turn)
    expect(told.filter((word) => !word.startsWith('cb'))).toEqual(Array.from({ length: 500 }, (_, i) => `c${i}`))
  })

  test('a frame that is sent three hundred times is checked once', async () => {
    let checked = 0
    const stepped: string[] = []
    const seen = new Set<string>()
    const claimOf = (input: Receive): Claim => ({ signer: input.from, bytes: input.bytes, signature: input.bytes })
    const { transport } = stage(
      {
        step(input) {
          if (input.type !== 'receive') return []
          stepped.push(read(input.bytes))
          seen.add(read(input.bytes))
          return []
        },
        // As the layers here do: what is known needs no signature any more.
        prepare: (input) => ({ claims: seen.has(read(input.bytes)) ? [] : [claimOf(input)], input }),
      },
      (claims) => {
        checked += claims.length
        return Promise.resolve(claims.map(() => true))
      },
    )
    const words = ['a', 'b', 'c', 'd', 'e', 'f']
    for (const word of words) for (let i = 0; i < 300; i++) transport.handler?.receive(bob, text(word))
    for (let i = 0; i < 100 && stepped.length < 1_800; i++) await new Promise((resolve) => setImmediate(resolve))
    expect(stepped).toHaveLength(1_800)
    expect(checked).toBeLessThanOrEqual(words.length)
  })

  test("pauses at a peer's limit of bytes", () => {
    const { hear, transport } = checkingStage()
    hear(alice, 'c')
    const half = new Uint8Array(RECEIVED_BYTES_MAX / 2)
    hear(alice, half)
    expect(transport.pauses).toEqual([])
    hear(alice, half)
    expect(transport.pauses).toEqual([true])
  })
})

describe('a consumer that is slow', () => {
  test('stops the time of the layer: no timer fires while frames are held, nor before they were stepped and a grace', () => {
    const story: string[] = []
    const { driver, transport, clock } = stage({
      step(input, now): readonly Step[] {
        if (input.type === 'receive') story.push(read(input.bytes))
        if (input.type === 'leave') return [{ type: 'set-timer', timer: 'late', at: at(now + 10_000) }]
        if (input.type === 'timeout') story.push(`${input.timer} ${now}`)
        return input.type === 'start' ? [{ type: 'set-timer', timer: 'soon', at: at(100) }] : []
      },
    })
    clock.advance(99)
    driver.hold()
    transport.handler?.receive(bob, text('waited'))
    driver.feed({ type: 'leave' })
    clock.advance(60_000)
    expect([story, clock.alarms.size]).toEqual([[], 0])
    driver.release()
    expect(story).toEqual(['waited'])
    clock.advance(60_000 + GRACE_MS - 1)
    expect(story).toEqual(['waited'])
    clock.advance(60_000 + GRACE_MS)
    expect(story).toEqual(['waited', `soon ${99 + GRACE_MS}`])
    clock.advance(70_000)
    expect(story.slice(2)).toEqual(['late 10099'])
  })

  test('and is so again and again puts no timer off for ever', () => {
    const fired: string[] = []
    const { driver, clock } = stage({
      step(input): readonly Step[] {
        if (input.type === 'timeout') fired.push(input.timer)
        return input.type === 'start' ? [{ type: 'set-timer', timer: 'a', at: at(1) }] : []
      },
    })
    for (let now = 0; now < 20 * GRACE_MS; now += 100) {
      driver.hold()
      clock.advance(now + 90)
      driver.release()
      clock.advance(now + 100) // ten milliseconds in a hundred
      if (now < 9 * GRACE_MS) expect(fired).toEqual([])
    }
    expect(fired).toEqual(['a'])
  })

  test('that is held again by the frames that waited stays so', () => {
    const told: string[] = []
    const { driver, transport, clock } = stage({
      step(input): readonly Step[] {
        if (input.type === 'receive') {
          told.push(read(input.bytes))
          driver.hold()
        }
        if (input.type === 'timeout') told.push(input.timer)
        return input.type === 'start' ? [{ type: 'set-timer', timer: 'a', at: at(1) }] : []
      },
    })
    driver.hold()
    for (const word of ['1', '2']) transport.handler?.receive(bob, text(word))
    driver.release()
    clock.advance(10 * GRACE_MS)
    expect([told, transport.pauses]).toEqual([['1'], [true]])
    driver.release()
    driver.release()
    clock.advance(20 * GRACE_MS)
    expect([told, transport.pauses]).toEqual([
      ['1', '2', 'a'],
      [true, false],
    ])
  })

  test('holds received frames and pauses the transport', () => {
    const { told, hear, driver, transport } = checkingStage()
    driver.hold()
    hear(alice, '1')
    hear(bob, '2')
    expect([told, transport.pauses]).toEqual([[], [true]])
    driver.release()
    expect([told, transport.pauses]).toEqual([
      ['1', '2'],
      [true, false],
    ])
  })
})
