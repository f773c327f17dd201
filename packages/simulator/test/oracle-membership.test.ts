import { type Layer, stack, viewId } from '@testudo/core'
import { expect, test } from 'vitest'
import { judge, mute, OracleMembership, type OracleOptions, Simulation, uniqueViews, validity1 } from '../src/index.js'

/** Nodes with nothing above the oracle, except that they admit in every view that they receive. */
function group(
  seed: number,
  options: { nodes?: number; members?: number[]; admit?: boolean; liar?: number } & OracleOptions,
) {
  const oracle = new OracleMembership(options)
  const above: Layer = {
    step: (input) =>
      input.type === 'view' && options.admit !== false ? [input, { type: 'admit', view: input.view.id }] : [input],
  }
  const simulation = new Simulation({
    seed,
    nodes: options.nodes ?? 5,
    members: options.members ?? [0, 1, 2, 3],
    liars: options.liar === undefined ? new Map() : new Map([[options.liar, mute]]),
    build: (environment, _, site) => stack(oracle.layer(environment, site), above),
  })
  return { oracle, simulation }
}

function suspect(simulation: Simulation, by: number, of: number, view = 1): void {
  const culprit = simulation.node(of).id
  simulation.ask(by, { type: 'suspect', view: viewId(view), fault: { culprit, code: 'unresponsive' } })
}

function viewsAt(simulation: Simulation, node: number): number[] {
  return simulation.node(node).log.flatMap(({ event }) => (event.type === 'view' ? [event.view.id] : []))
}

test('scripted changes reach every member, in order, at times of their own', () => {
  for (let seed = 0; seed < 20; seed++) {
    const { oracle, simulation } = group(seed, {})
    oracle.change(10, { type: 'remove', node: 3 })
    oracle.change(11, { type: 'null' })
    oracle.change(12, { type: 'add', node: 4 })
    expect(simulation.runQuiet(10_000)).toBe(true)
    expect(oracle.views.map(({ id, members }) => [id, members.length])).toEqual([
      [1, 4],
      [2, 3],
      [3, 3],
      [4, 4],
    ])
    expect([0, 1, 2, 3, 4].map((node) => viewsAt(simulation, node))).toEqual([
      [1, 2, 3, 4],
      [1, 2, 3, 4],
      [1, 2, 3, 4],
      [1],
      [4],
    ])
    expect(
      judge({ accounts: simulation.accounts(), views: oracle.views, ended: true }, [uniqueViews, validity1]),
    ).toEqual([])
    expect(new Set(oracle.views.map(({ digest }) => digest.join())).size).toBe(4)
    const last = simulation.node(0).log.at(-1)?.event
    expect(last).toMatchObject({ type: 'view', joined: [simulation.node(4).id], left: [] })
  }
})

test('an addition waits until an honest member admits in the newest view', () => {
  const { oracle, simulation } = group(1, { admit: false })
  oracle.change(10, { type: 'add', node: 4 })
  oracle.change(20, { type: 'null' })
  simulation.at(500, () => simulation.ask(0, { type: 'admit', view: viewId(1) }))
  simulation.at(1000, () => expect(oracle.views).toHaveLength(2))
  simulation.at(1000, () => simulation.ask(0, { type: 'admit', view: viewId(2) }))
  simulation.runQuiet(10_000)
  expect(oracle.views.at(-1)?.members).toContain(simulation.node(4).id)
})

test('a liar does not admit', () => {
  const { oracle, simulation } = group(1, { admit: false, liar: 0 })
  oracle.change(10, { type: 'add', node: 4 })
  simulation.at(100, () => simulation.ask(0, { type: 'admit', view: viewId(1) }))
  simulation.runQuiet(10_000)
  expect(oracle.views).toHaveLength(1)
})

test('f + 1 honest requests remove a member, f do not, and liars do not count', () => {
  const { oracle, simulation } = group(1, { liar: 3 })
  simulation.at(10, () => suspect(simulation, 0, 1))
  simulation.at(11, () => suspect(simulation, 3, 1))
  simulation.at(500, () => expect(oracle.views).toHaveLength(1))
  simulation.at(501, () => suspect(simulation, 2, 1))
  simulation.runQuiet(10_000)
  expect(oracle.views).toHaveLength(2)
  expect(oracle.views[1]?.members).not.toContain(simulation.node(1).id)
})

test('one request suffices where liars are taken to join in', () => {
  const { oracle, simulation } = group(1, { eager: true })
  simulation.at(10, () => suspect(simulation, 0, 1))
  simulation.runQuiet(10_000)
  expect(oracle.views).toHaveLength(2)
})

test('a request stands for later views', () => {
  const { oracle, simulation } = group(1, {})
  simulation.at(10, () => suspect(simulation, 0, 1))
  oracle.change(20, { type: 'null' })
  simulation.at(500, () => suspect(simulation, 2, 1, 2))
  simulation.runQuiet(10_000)
  expect(oracle.views.map(({ members }) => members.length)).toEqual([4, 4, 3])
})

test('a request does not outlive the member: who comes back starts anew', () => {
  const { oracle, simulation } = group(1, {})
  simulation.at(10, () => [0, 2].forEach((by) => suspect(simulation, by, 1)))
  oracle.change(500, { type: 'add', node: 1 })
  simulation.runQuiet(10_000)
  expect(oracle.views.map(({ members }) => members.length)).toEqual([4, 3, 4])
  expect(viewsAt(simulation, 1)).toEqual([1, 3])
})

test('a suspicion is told to the application once, with its fault', () => {
  const { simulation } = group(1, {})
  simulation.at(10, () => suspect(simulation, 0, 1))
  simulation.at(20, () => suspect(simulation, 0, 1))
  simulation.runQuiet(10_000)
  const faults = simulation.node(0).log.filter(({ event }) => event.type === 'fault')
  expect(faults).toHaveLength(1)
})

test('who leaves is removed; who is removed hears it or not, as the option says', () => {
  for (const [excludedShare, times] of [
    [0, 0],
    [1, 1],
  ] as const) {
    const { oracle, simulation } = group(1, { excludedShare })
    simulation.at(10, () => simulation.ask(2, { type: 'leave' }))
    simulation.runQuiet(10_000)
    expect(oracle.views).toHaveLength(2)
    const excluded = simulation.node(2).log.filter(({ event }) => event.type === 'excluded')
    expect(excluded).toHaveLength(times)
    if (times > 0) expect(excluded[0]?.event).toMatchObject({ view: 1, removal: { reason: 'left' } })
  }
})

test('it says when a view had too few honest members for the paper', () => {
  const { oracle, simulation } = group(1, { liar: 3 })
  simulation.runTo(50)
  expect(oracle.sound).toBe(true)
  oracle.change(60, { type: 'remove', node: 2 })
  simulation.runTo(500)
  expect(oracle.sound).toBe(false)
})
