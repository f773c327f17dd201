import type { Input, Layer } from '@testudo/core'
import { describe, expect, test } from 'vitest'
import { type NetworkOptions, Simulation, slowChannels, uniform } from '../src/index.js'

/** p0 sends numbers to p1; what p1 hears, in order. */
function talk(seed: number, network: NetworkOptions, script: (simulation: Simulation) => void = () => {}, count = 200) {
  const heard: number[] = []
  const links: string[] = []
  const listener: Layer = {
    step(input: Input) {
      if (input.type === 'receive') heard.push((input.bytes[0] as number) * 256 + (input.bytes[1] as number))
      if (input.type === 'connect' || input.type === 'disconnect') links.push(input.type)
      return []
    },
  }
  const simulation: Simulation = new Simulation({
    seed,
    nodes: 2,
    network,
    build: ({ genesis }, node) => {
      if (node === 1) return listener
      const to = genesis.members.slice(1)
      return { step: (input) => (input.type === 'multicast' ? [{ type: 'send', to, bytes: input.payload }] : []) }
    },
  })
  for (let i = 0; i < count; i++) {
    simulation.at(1 + i, () => simulation.multicast(0, Uint8Array.of(i >> 8, i & 255)))
  }
  script(simulation)
  simulation.runTo(100_000)
  return { heard, links }
}

const all = Array.from({ length: 200 }, (_, i) => i)

function sorted(numbers: readonly number[]): number[] {
  return [...numbers].sort((a, b) => a - b)
}

describe('fifo', () => {
  test('loses nothing and keeps the order', () => {
    for (let seed = 0; seed < 10; seed++) expect(talk(seed, {}).heard).toEqual(all)
    expect(talk(1, { delay: slowChannels(uniform(1, 50), 1, 20) }).heard).toEqual(all)
  })
  test('holds back what falls into a partition and delivers it in order after the healing', () => {
    for (let seed = 0; seed < 10; seed++) {
      const { heard } = talk(seed, {}, (simulation) => {
        simulation.at(50, () => simulation.partition([[0], [1]]))
        simulation.at(120, () => expect(heardBefore(simulation)).toBeLessThan(60))
        simulation.at(150, () => simulation.heal())
      })
      expect(heard).toEqual(all)
    }
    function heardBefore(simulation: Simulation): number {
      return simulation.node(1).log.length
    }
  })
  test('a crash loses a tail of what was sent', () => {
    const lengths = new Set<number>()
    for (let seed = 0; seed < 20; seed++) {
      const { heard } = talk(seed, { delay: uniform(1, 100) }, (s) => s.at(100.5, () => s.crash(0)))
      expect(heard).toEqual(all.slice(0, heard.length))
      expect(heard.length).toBeLessThanOrEqual(100)
      lengths.add(heard.length)
    }
    expect(lengths.size).toBeGreaterThan(5)
  })
})

describe('lossy', () => {
  test('loses, duplicates and reorders', () => {
    const { heard } = talk(1, { mode: 'lossy', delay: uniform(1, 30), loss: 0.2, duplication: 0.2 })
    expect(new Set(heard).size).toBeLessThan(200)
    expect(heard.length).toBeGreaterThan(new Set(heard).size)
    expect(heard).not.toEqual(sorted(heard))
  })
  test('a partition loses', () => {
    const { heard } = talk(1, { mode: 'lossy', loss: 0, duplication: 0 }, (simulation) => {
      simulation.at(50, () => simulation.partition([[0], [1]]))
      simulation.at(150, () => simulation.heal())
    })
    expect(heard.length).toBeGreaterThan(80)
    expect(heard.length).toBeLessThan(110)
  })
})

describe('breaking', () => {
  test('keeps the order on each connection, loses tails, and tells both ends', () => {
    const { heard, links } = talk(1, { mode: 'breaking', breakEveryMs: 30, breakForMsMax: 10, breakUntilMs: 200 })
    expect(heard).toEqual(sorted(heard))
    expect(new Set(heard).size).toBe(heard.length)
    expect(heard.length).toBeLessThan(200)
    expect(links.length).toBeGreaterThan(4)
    expect(links.every((link, i) => link === (i % 2 === 0 ? 'connect' : 'disconnect'))).toBe(true)
    expect(links.at(-1)).toBe('connect')
  })
  test('a partition breaks the connections that it cuts', () => {
    const { links } = talk(1, { mode: 'breaking' }, (simulation) => {
      simulation.at(50, () => simulation.partition([[0], [1]]))
      simulation.at(150, () => simulation.heal())
    })
    expect(links).toEqual(['connect', 'disconnect', 'connect'])
  })
})
