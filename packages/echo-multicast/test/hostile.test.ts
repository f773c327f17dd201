import { decode, encode } from '@testudo/codec'
import { type Bytes, instant, type Layer, type Prepared, type Receive, type Step } from '@testudo/core'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { ECHO_WINDOW, type EchoMessage, echoMessage, RETAINED_BYTES_MAX } from '../src/index.js'
import { bodyOf, World } from './world.js'

const world = new World(4)
const later = world.next(world.view, [0, 1, 2])
const bodies: readonly Bytes[] = [
  bodyOf('a'),
  bodyOf('b'),
  bodyOf('c', [1, 1, 1, 1]),
  bodyOf(undefined, [300, 2, 0, 9]),
  bodyOf(undefined),
  Uint8Array.of(255),
]

/** Numbers around the limits of windows, and any others. */
const seq = fc.oneof(fc.nat(8), fc.constantFrom(ECHO_WINDOW - 1, ECHO_WINDOW, ECHO_WINDOW + 1), fc.maxSafeNat())
const rank = fc.nat(3)
const body = fc.constantFrom(...bodies)
const signature = fc.uint8Array({ minLength: 64, maxLength: 64 })

/** What liars say, with all keys of the group: far more than f liars can. */
const message: fc.Arbitrary<EchoMessage> = fc.oneof(
  fc.tuple(rank, seq, body).map(([from, number, of]) => world.init(from, number, of)),
  fc.tuple(rank, rank, seq, body).map(([from, to, number, of]) => world.echo(from, to, number, of)),
  fc.tuple(rank, seq, body).map(([from, number, of]) => world.commit(from, number, of)),
  fc
    .tuple(rank, seq, body, fc.subarray([0, 1, 2, 3]))
    .map(([from, number, of, by]) => world.commit(from, number, of, by)),
  fc.tuple(fc.nat(2), seq, body).map(([from, number, of]) => world.commit(from, number, of, undefined, later)),
  fc.record({
    type: fc.constant('commit' as const),
    view: fc.nat(3),
    initiator: fc.nat(255),
    seq,
    body: fc.uint8Array({ maxLength: 20 }),
    echoes: fc.array(fc.record({ rank: fc.nat(255), signature }), { maxLength: 4 }),
  }),
)
const bytes = fc.oneof(
  { weight: 9, arbitrary: message.map((said) => encode(echoMessage, said)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 100 }) },
)

type Turn = { readonly from: number; readonly bytes: Bytes; readonly ms: number; readonly does: number }
const turns = fc.array(fc.record({ from: fc.constantFrom(0, 2, 3), bytes, ms: fc.nat(400), does: fc.nat(30) }), {
  maxLength: 60,
})

/** Runs a member through the turns; `receive` steps the layer with what arrives. */
function run(list: readonly Turn[], receive: (layer: Layer, input: Receive, now: number) => readonly Step[]): Step[] {
  const { layer } = world.member(1)
  const all: Step[] = []
  let now = 0
  let wakeAt: number | undefined
  let views = 1
  const note = (steps: readonly Step[]): void => {
    for (const step of steps) if (step.type === 'set-timer') wakeAt = step.at
    all.push(...steps)
  }
  for (const { from, bytes: said, ms, does } of list) {
    now += ms
    if (wakeAt !== undefined && wakeAt <= now) {
      wakeAt = undefined
      note(layer.step({ type: 'timeout', timer: 'wake' }, instant(now)))
    }
    if (does === 0 && views === 1) {
      views++
      note(layer.step({ type: 'view', view: later, joined: [], left: [] }, instant(now)))
    } else if (does === 1) note(layer.step({ type: 'multicast', payload: Uint8Array.of(1) }, instant(now)))
    else if (does === 2) {
      const supplied = { type: 'supply', view: world.view.id, from: world.id(from), commits: [said] } as const
      note(layer.step(supplied, instant(now)))
    } else note(receive(layer, { type: 'receive', from: world.id(from), bytes: said }, now))
  }
  all.push(...layer.step({ type: 'collect', view: world.view.id }, instant(now)))
  return all
}

const plainly = (layer: Layer, input: Receive, now: number): readonly Step[] => layer.step(input, instant(now))

test('whatever a peer sends, nothing is thrown, and what is kept, reported and sent to each message stays small', () => {
  fc.assert(
    fc.property(turns, (list) => {
      const steps = run(list, plainly)
      const suspicions = steps.filter((step) => step.type === 'suspect')
      expect(new Set(suspicions.map(({ view, fault }) => `${view} ${fault.culprit} ${fault.code}`)).size).toBe(
        suspicions.length,
      )
      const last = steps.at(-1)
      const kept = last?.type === 'collected' ? last.commits : []
      expect(kept.length).toBeLessThanOrEqual(list.length + 40)
      expect(kept.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(RETAINED_BYTES_MAX)
      for (const commit of kept) expect(decode(echoMessage, commit)?.type).toBe('commit')
      for (const step of steps) if (step.type === 'send') expect(step.to).not.toContain(world.id(1))
      const sends = steps.filter((step) => step.type === 'send')
      expect(sends.length, 'no amplification').toBeLessThan(20 * (list.length + 1))
    }),
    { numRuns: 300 },
  )
})

test('stepping with what prepare has read ahead gives the same as stepping without', () => {
  fc.assert(
    fc.property(turns, fc.array(fc.nat(5), { minLength: 60, maxLength: 60 }), (list, ahead) => {
      const without = run(list, plainly)
      let place = 0
      const withIt = run(list, (layer, input, now) => {
        const early = layer.prepare?.(input) as Prepared
        for (const claim of early.claims) world.suite.verify(claim)
        return layer.step((ahead[place++] ?? 0) > 0 ? early.input : input, instant(now))
      })
      expect(withIt).toEqual(without)
    }),
    { numRuns: 200 },
  )
})

test('a message read ahead long before it is stepped gives the same as one that was not', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(0, 2, 3), bytes), { maxLength: 30 }), (list) => {
      const inputs = list.map(([from, said]) => ({ type: 'receive', from: world.id(from), bytes: said }) as const)
      const [a, b] = [world.member(1).layer, world.member(1).layer]
      const prepared = inputs.map((input) => (b.prepare?.(input) as Prepared).input)
      const plain = inputs.map((input) => a.step(input, instant(5)))
      expect(prepared.map((input) => b.step(input, instant(5)))).toEqual(plain)
    }),
    { numRuns: 300 },
  )
})

test('reading ahead finds the claims that the step will check, and none for what is no news', () => {
  const member = world.member(1)
  const claims = (from: number, said: EchoMessage): number =>
    member.layer.prepare?.({ type: 'receive', from: world.id(from), bytes: encode(echoMessage, said) }).claims
      .length as number
  const commit = world.commit(0, 1, bodyOf('a'), [0, 1, 2])
  expect(claims(0, world.init(0, 1, bodyOf('a')))).toBe(0)
  expect(claims(0, commit)).toBe(3)
  member.receive(0, world.init(0, 1, bodyOf('a')))
  expect(claims(0, commit), 'our own echo need not be checked').toBe(2)
  member.receive(0, commit)
  expect(claims(2, commit), 'no news').toBe(0)
  member.multicast('mine')
  expect(claims(2, world.echo(2, 1, 1, bodyOf('mine', [1, 0, 0, 0])))).toBe(1)
  expect(claims(2, world.echo(2, 1, 2, bodyOf('mine'))), 'nobody asked').toBe(0)
})
