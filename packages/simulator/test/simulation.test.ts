import { type Effect, type Input, instant, type Layer, stack, UsageError } from '@testudo/core'
import { expect, test } from 'vitest'
import { Simulation, type SimulationOptions, TRACE_LINES_MAX, tap } from '../src/index.js'
import { Toy } from './toy.js'

function run(seed: number, options: Partial<SimulationOptions> = {}): Simulation {
  const simulation = new Simulation({ seed, nodes: 4, trace: true, build: (env) => new Toy(env), ...options })
  for (let i = 0; i < 20; i++) simulation.at(i, () => simulation.multicast(i % 4, Uint8Array.of(i)))
  return simulation
}

function deliveries(simulation: Simulation, node: number): number {
  return simulation.node(node).log.filter(({ event }) => event.type === 'deliver').length
}

test('every node delivers every multicast over a FIFO network, and then all is quiet', () => {
  const simulation = run(1)
  expect(simulation.runQuiet(10_000)).toBe(true)
  for (const { index } of simulation.nodes) expect(deliveries(simulation, index)).toBe(20)
})

test('a seed gives the same run twice, another seed another one', () => {
  const [a, b, c] = [run(1), run(1), run(2)]
  for (const simulation of [a, b, c]) simulation.runQuiet(10_000)
  expect(a.traceHash).toBe(b.traceHash)
  expect(a.trace()).toBe(b.trace())
  expect(a.traceHash).not.toBe(c.traceHash)
})

test('a trace names members, messages and scripted events', () => {
  const simulation = run(1, { describe: (bytes) => `number ${bytes[0]}` })
  simulation.at(5, () => simulation.crash(3))
  simulation.runQuiet(10_000)
  const trace = simulation.trace()
  expect(trace).toMatch(/^ +0\.000 p0 {2}start$/m)
  expect(trace).toMatch(/p1 {2}<- p0 number 0$/m)
  expect(trace).toMatch(/p0 {2}-> p1 p2 p3 number 0$/m)
  expect(trace).toMatch(/p2 {2}deliver v1 p1#1 number 1$/m)
  expect(trace).toMatch(/p0 {2}view v1 \[p0 p1 p2 p3\] \+p0 \+p1 \+p2 \+p3$/m)
  expect(trace).toMatch(/-- {2}crash p3$/m)
})

test('a crashed node never steps again and is no longer honest', () => {
  const simulation = run(3)
  simulation.at(7.5, () => simulation.crash(2))
  simulation.runQuiet(10_000)
  const { log, honest, obedient, crashed } = simulation.node(2)
  expect(Math.max(...log.map(({ at }) => at))).toBeLessThan(7.5)
  expect({ honest, obedient, crashed }).toEqual({ honest: false, obedient: true, crashed: true })
  expect(simulation.accounts()[2]).toMatchObject({ name: 'p2', honest: false, obedient: true })
})

test('a paused node hears after it resumed what it missed, in order', () => {
  const simulation = run(3)
  simulation.at(5, () => simulation.pause(1))
  simulation.at(500, () => simulation.resume(1))
  simulation.at(499, () => expect(deliveries(simulation, 1)).toBeLessThan(20))
  expect(simulation.runQuiet(10_000)).toBe(true)
  expect(deliveries(simulation, 1)).toBe(20)
})

/** Sets timers and says what it heard, and when by its own clock. */
function alarms(first: (now: number) => readonly Effect[]): { layer: Layer; heard: string[]; early: number } {
  const state = { layer: { step }, heard: [] as string[], early: 0 }
  let began = 0
  function step(input: Input, now: number): readonly Effect[] {
    if (input.type === 'start') {
      began = now
      return first(now)
    }
    if (input.type === 'timeout') state.heard.push(`${input.timer}@${Math.round(now - began)}`)
    return []
  }
  return state
}

test('timers fire at their time by the local clock; set replaces, clear forgets', () => {
  const { layer, heard } = alarms((now) => [
    { type: 'set-timer', timer: 'a', at: instant(now + 30) },
    { type: 'set-timer', timer: 'b', at: instant(now + 10) },
    { type: 'set-timer', timer: 'a', at: instant(now + 20) },
    { type: 'set-timer', timer: 'c', at: instant(now + 15) },
    { type: 'clear-timer', timer: 'c' },
    { type: 'set-timer', timer: 'past', at: instant(now - 5) },
  ])
  const simulation = new Simulation({ seed: 1, nodes: 1, build: () => layer })
  expect(simulation.runQuiet(1000)).toBe(true)
  expect(heard).toEqual(['past@0', 'b@10', 'a@20'])
})

test('no timer fires early by the clock that the layer sees', () => {
  let early = 0
  const layer = (): Layer => {
    let due = 0
    return {
      step(input, now) {
        if (input.type === 'timeout' && now < due) early++
        if (input.type !== 'start' && input.type !== 'timeout') return []
        due = now + 0.1
        return now % 7 < 6.5 ? [{ type: 'set-timer', timer: 't', at: instant(due) }] : []
      },
    }
  }
  new Simulation({ seed: 1, nodes: 20, build: layer }).runTo(100)
  expect(early).toBe(0)
})

test('a run that never becomes quiet ends at its deadline, or when nothing was delivered for a while', () => {
  const restless: Layer = {
    step: (input, now) =>
      input.type === 'start' || input.type === 'timeout'
        ? [{ type: 'set-timer', timer: 't', at: instant(now + 10) }]
        : [],
  }
  const simulation = new Simulation({ seed: 1, nodes: 2, build: () => restless })
  expect(simulation.runQuiet(500)).toBe(false)
  expect(simulation.runQuiet(10_000, 1000)).toBe(true)
  expect(simulation.now).toBeLessThan(2000)
})

test('a livelock ends with an error', () => {
  const pingPong: Layer = {
    step: (input) => (input.type === 'receive' ? [{ type: 'send', to: [input.from], bytes: input.bytes }] : []),
  }
  const starter = (to: Simulation['genesis']['members']): Layer => ({
    step: (input) =>
      input.type === 'start' ? [{ type: 'send', to, bytes: new Uint8Array(1) }] : pingPong.step(input, instant(0)),
  })
  const simulation = new Simulation({
    seed: 1,
    nodes: 2,
    stepsMax: 1000,
    build: ({ genesis }, node) => (node === 0 ? starter(genesis.members.slice(1)) : pingPong),
  })
  expect(() => simulation.runQuiet(1e9)).toThrow(/more than 1000 steps/)
})

test('a step with too many effects ends with an error, and so does a send to oneself', () => {
  const build = (effects: readonly Effect[]) => (): Layer => ({ step: () => effects })
  const many = Array.from({ length: 11 }, (): Effect => ({ type: 'clear-timer', timer: 't' }))
  const eager = new Simulation({ seed: 1, nodes: 1, effectsPerStepMax: 10, build: build(many) })
  expect(() => eager.runTo(1)).toThrow(/11 effects to one input 'start'/)
  const selfish = new Simulation({
    seed: 1,
    nodes: 1,
    build: ({ self }) => build([{ type: 'send', to: [self], bytes: new Uint8Array(0) }])(),
  })
  expect(() => selfish.runTo(1)).toThrow(/p0 sent a message to itself/)
})

test('a refused ask is logged behind the ask, also of a node that was paused; other errors end the run', () => {
  const refuse = (error: Error): Layer => ({
    step(input) {
      if (input.type === 'multicast') throw error
      return []
    },
  })
  const simulation = run(1, { build: () => refuse(new UsageError('closed', 'the group is closed')) })
  simulation.pause(0)
  simulation.at(50, () => simulation.resume(0))
  simulation.runQuiet(1000)
  const types = simulation.node(0).log.map(({ event }) => event.type)
  expect(types).toEqual(Array.from({ length: 5 }, () => ['multicast', 'refused']).flat())
  expect(() => run(1, { build: () => refuse(new Error('broken')) }).runQuiet(1000)).toThrow('broken')
})

test('an ask of a trusted service is answered in a later step', () => {
  const answers: unknown[] = []
  const asking: Layer = {
    step(input) {
      if (input.type === 'answer') answers.push(input.ask, input.answer)
      return input.type === 'start' ? [{ type: 'ask', ask: 7, request: 20 }] : []
    },
  }
  const options = { seed: 1, nodes: 1, build: () => asking }
  new Simulation({ ...options, answer: (_, request) => Number(request) + 1 }).runTo(10)
  expect(answers).toEqual([7, 21])
  expect(() => new Simulation(options).runTo(10)).toThrow(/no 'answer'/)
})

test('taps record what passes between two layers and change nothing', () => {
  const plain = run(5)
  const tapped = run(5, { build: (environment, _, { record }) => stack(new Toy(environment), tap('T', record)) })
  for (const simulation of [plain, tapped]) simulation.runQuiet(1000)
  const passed = tapped.accounts('T')[2]?.entries.map(({ event }) => event)
  expect(passed).toEqual(
    plain
      .node(2)
      .log.map(({ event }) => event)
      .filter(({ type }) => type !== 'fault'),
  )
})

test('an application that reacts to events is part of the script', () => {
  const simulation = new Simulation({
    seed: 1,
    nodes: 3,
    build: (environment) => new Toy(environment),
    onEvent(node, event, sim) {
      if (event.type === 'deliver' && event.payload[0] === 1 && node !== 0) sim.multicast(node, Uint8Array.of(2))
    },
  })
  simulation.at(1, () => simulation.multicast(0, Uint8Array.of(1)))
  expect(simulation.runUntil(() => deliveries(simulation, 0) === 3, 1000)).toBe(true)
})

test('names of nodes that do not exist are refused', () => {
  const simulation = run(1)
  expect(() => simulation.node(9)).toThrow(UsageError)
  expect(() => simulation.multicast(9, new Uint8Array(0))).toThrow(/no node 9/)
})

test('a readable trace has an end, the hash goes on', () => {
  const restless: Layer = {
    step: (input, now) =>
      input.type === 'start' || input.type === 'timeout'
        ? [{ type: 'set-timer', timer: 't', at: instant(now + 1) }]
        : [],
  }
  const simulation = new Simulation({ seed: 1, nodes: 1, trace: true, build: () => restless })
  simulation.runTo(TRACE_LINES_MAX / 2 + 10)
  const before = simulation.traceHash
  simulation.runTo(simulation.now + 10)
  expect(simulation.traceHash).not.toBe(before)
  expect(simulation.trace().split('\n')).toHaveLength(TRACE_LINES_MAX + 1)
})
