import { type Bytes, instant, type Layer, type ProcessId } from '@testudo/core'
import { expect, test } from 'vitest'
import {
  addSends,
  anyhow,
  combine,
  corrupt,
  crashAfter,
  delayed,
  duplicate,
  FLOOD_MESSAGES_MAX,
  flood,
  garbage,
  honest,
  type Liar,
  mute,
  muteTo,
  Prng,
  REPLAY_MEMORY_MAX,
  replay,
  rewriteSends,
  Simulation,
  selective,
} from '../src/index.js'

const COUNT = 200

/** p0 lies and sends numbers to p1, p2 and p3; what each of these hears from it. */
function heard(liar: Liar, seed = 1): { readonly numbers: readonly (readonly number[])[]; readonly odd: number } {
  const heardBy: number[][] = [[], [], [], []]
  let odd = 0
  const hear = (node: number, bytes: Bytes): void => {
    const number = (bytes[1] ?? 0) * 256 + (bytes[2] ?? 0)
    if (bytes.length === 20 && bytes[0] === 1 && number < COUNT && bytes.subarray(3).every((byte) => byte === 0)) {
      heardBy[node]?.push(number)
    } else odd++
  }
  const simulation: Simulation = new Simulation({
    seed,
    nodes: 4,
    liars: new Map([[0, liar]]),
    build: ({ self, genesis }, node): Layer => ({
      step(input) {
        if (input.type === 'receive') hear(node, input.bytes)
        if (input.type !== 'multicast') return []
        return [{ type: 'send', to: genesis.members.filter((id) => id !== self), bytes: input.payload }]
      },
    }),
  })
  for (let i = 0; i < COUNT; i++) {
    const payload = new Uint8Array(20)
    payload.set([1, i >> 8, i & 255])
    simulation.at(1 + i, () => simulation.multicast(0, payload))
  }
  simulation.runQuiet(10_000)
  expect(simulation.node(0).honest).toBe(false)
  expect(simulation.node(0).obedient).toBe(false)
  return { numbers: heardBy.slice(1), odd }
}

const all = Array.from({ length: COUNT }, (_, i) => i)

function total({ numbers }: { readonly numbers: readonly (readonly number[])[] }): number {
  return numbers.flat().length
}

test('an honest one sends what its layer sends', () => {
  expect(heard(honest)).toEqual({ numbers: [all, all, all], odd: 0 })
})

test('a mute one sends nothing, one that is mute to some sends all to the others', () => {
  expect(total(heard(mute))).toBe(0)
  expect(heard(muteTo(1)).numbers).toEqual([[], [], []])
  const lengths = Array.from({ length: 10 }, (_, seed) => heard(muteTo(0.5), seed).numbers.map(({ length }) => length))
  expect(new Set(lengths.flat())).toEqual(new Set([0, COUNT]))
})

test('a selective one loses some messages for some', () => {
  const { numbers, odd } = heard(selective(0.3))
  expect(odd).toBe(0)
  expect(total({ numbers })).toBeGreaterThan(300)
  expect(total({ numbers })).toBeLessThan(500)
  expect(numbers[0]).not.toEqual(numbers[1])
})

test('garbage and corrupt messages come in place of good ones', () => {
  for (const liar of [garbage(0.3), corrupt(0.3)]) {
    const { numbers, odd } = heard(liar)
    expect(odd).toBeGreaterThan(100)
    expect(total({ numbers }) + odd).toBe(3 * COUNT)
  }
})

test('a duplicating and a replaying one repeat good messages', () => {
  for (const liar of [duplicate(0.3), replay(0.5)]) {
    const { numbers, odd } = heard(liar)
    expect(odd).toBe(0)
    expect(total({ numbers })).toBeGreaterThan(3 * COUNT + 50)
    for (const each of numbers) expect(new Set(each).size).toBe(COUNT)
  }
})

test('a replaying one forgets the oldest messages', () => {
  const peer = 'a' as ProcessId
  const layer: Layer = {
    step: (input) => (input.type === 'receive' ? [{ type: 'send', to: [peer], bytes: input.bytes }] : []),
  }
  const context = { self: peer, peers: [peer], prng: new Prng(1), environment: {} as never }
  const liar = replay(1)(layer, context)
  let oldest = Number.POSITIVE_INFINITY
  for (let i = 0; i < 3 * REPLAY_MEMORY_MAX; i++) {
    const bytes = Uint8Array.of(i >> 8, i & 255)
    const [, again] = liar.step({ type: 'receive', from: peer, bytes }, instant(0))
    if (again?.type !== 'send' || i < 2 * REPLAY_MEMORY_MAX) continue
    oldest = Math.min(oldest, (again.bytes[0] ?? 0) * 256 + (again.bytes[1] ?? 0))
  }
  // Each step remembers two messages: what it heard and what it sent.
  expect(oldest).toBeGreaterThan(2 * REPLAY_MEMORY_MAX - REPLAY_MEMORY_MAX / 2 - 2)
  expect(oldest).toBeLessThan(2 * REPLAY_MEMORY_MAX)
})

test('a delaying one loses nothing, but not in order', () => {
  const { numbers, odd } = heard(delayed(0.3, 50))
  expect(odd).toBe(0)
  for (const each of numbers) {
    expect(each).not.toEqual(all)
    expect([...each].sort((a, b) => a - b)).toEqual(all)
  }
})

test('one that crashes later sends a first part', () => {
  expect(heard(crashAfter(100)).numbers).toEqual([all.slice(0, 99), all.slice(0, 99), all.slice(0, 99)])
})

test('a flood has an end', () => {
  expect(total(heard(flood(1000))) + heard(flood(1000)).odd).toBe(3 * COUNT + FLOOD_MESSAGES_MAX)
})

test('lies are combined, the first one innermost', () => {
  expect(total(heard(combine(duplicate(1), mute)))).toBe(0)
  expect(total(heard(combine(mute, duplicate(1))))).toBe(0)
  expect(heard(combine(delayed(0.5), selective(0.2), duplicate(0.5), replay(0.5))).odd).toBe(0)
})

test('any lie at all is a run that ends, and the same one for the same seed', () => {
  for (let seed = 0; seed < 40; seed++) expect(heard(anyhow, seed)).toEqual(heard(anyhow, seed))
})

test('rewriteSends sees every recipient on its own, addSends sees the step', () => {
  const layer: Layer = {
    step: () => [{ type: 'send', to: ['a', 'b'] as never[], bytes: Uint8Array.of(1) }],
    prepare: (input) => ({ claims: [], input }),
  }
  const rewritten = rewriteSends(layer, (to, bytes) =>
    to === ('a' as never)
      ? []
      : [
          { to, bytes },
          { to, bytes },
        ],
  )
  const one = { type: 'send', to: ['b'], bytes: Uint8Array.of(1) }
  expect(rewritten.step({ type: 'start' }, 0 as never)).toEqual([one, one])
  expect(rewritten.prepare).toBeDefined()
  const added = addSends(layer, (input, effects) => [{ to: input.type as never, bytes: Uint8Array.of(effects.length) }])
  expect(added.step({ type: 'start' }, 0 as never)).toHaveLength(2)
})
