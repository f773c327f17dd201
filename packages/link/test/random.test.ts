import type { ProcessId } from '@testudo/core'
import { describe, expect, test } from 'vitest'
import { linked } from '../src/index.js'
import { Net, person, Recorder, rng, seeded, text, type Weather } from './harness.js'

const lossy: Weather = { loss: 0.25, duplication: 0.2, delayMs: (next) => 1 + next() * 60, ordered: false }
const breaking: Weather = { loss: 0, duplication: 0, delayMs: (next) => 1 + next() * 5, ordered: true }

interface Run {
  readonly seed: number
  readonly weather: Weather
  readonly ahead: boolean
}

function chaos({ seed, weather, ahead }: Run): { readonly got: string; readonly expected: string } {
  const next = rng(seed)
  const net = new Net(next, weather, ahead)
  const people = Array.from({ length: 2 + Math.floor(next() * 3) }, (_, n) => person(n + 1))
  const recorders = people.map((id) => new Recorder(people.filter((other) => other !== id)))
  for (const [n, id] of people.entries()) {
    net.add(id, linked(recorders[n] as Recorder, { random: seeded(next), ordered: weather.ordered }))
  }
  const pairs = people.flatMap((a) => people.filter((b) => a < b).map((b) => [a, b] as const))
  for (const [a, b] of pairs) net.after(next() * 20, () => net.connect(a, b))
  const sent = new Map<ProcessId, string[]>(people.map((id) => [id, []]))
  for (let i = 0; i < 150; i++) {
    const id = people[Math.floor(next() * people.length)] as ProcessId
    net.after(next() * 2_000, () => {
      const word = `${sent.get(id)?.length} ${seed}`
      sent.get(id)?.push(word)
      net.input(id, { type: 'multicast', payload: text(word) })
    })
  }
  for (let i = 0; i < 12; i++) {
    const [a, b] = pairs[Math.floor(next() * pairs.length)] as (typeof pairs)[number]
    net.after(next() * 2_000, () => (net.isCut(a, b) ? net.connect(a, b) : net.disconnect(a, b)))
  }
  net.run(2_001)
  for (const [a, b] of pairs) if (net.isCut(a, b)) net.connect(a, b)
  net.run(60_000)
  expect(net.faults).toEqual([])
  const story = (words: (from: ProcessId, to: number) => readonly string[]) =>
    people.flatMap((from) => people.map((to, n) => (to === from ? '' : words(from, n).join()))).join('\n')
  return {
    got: story((from, n) => (recorders[n] as Recorder).texts(from)),
    expected: story((from) => sent.get(from) ?? []),
  }
}

describe('everything sent arrives exactly once and in order', () => {
  const seeds = Array.from({ length: 60 }, (_, n) => 1_000 + n)
  test.each(seeds)('over a lossy, duplicating, reordering, disconnecting network, seed %i', (seed) => {
    const { got, expected } = chaos({ seed, weather: lossy, ahead: seed % 2 === 0 })
    expect(got).toBe(expected)
  })
  test.each(seeds)('over connections that break, seed %i', (seed) => {
    const { got, expected } = chaos({ seed, weather: breaking, ahead: seed % 2 === 0 })
    expect(got).toBe(expected)
  })
})
