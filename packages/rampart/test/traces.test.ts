import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { describeMessage } from './simulation/describe.js'
import { drawPlan, type Knobs } from './simulation/plan.js'
import { run } from './simulation/world.js'

/** Writes the traces instead of comparing them: `UPDATE_TRACES=1`. Read every line that changes. */
const update = process.env.UPDATE_TRACES === '1'

const CALM: Knobs = {
  members: 4,
  network: 'fifo',
  uniform: false,
  packing: false,
  prepare: false,
  eager: false,
  hasty: false,
  liars: [],
  crashes: [],
  pauses: [],
  partitions: [],
  changes: [],
}

const STORIES: Readonly<Record<string, Knobs>> = {
  'normal-case': {
    ...CALM,
    membership: 'fixed',
    multicasts: [
      { at: 10, node: 1, bytes: 3 },
      { at: 12, node: 0, bytes: 3 },
    ],
  },
  'one-crash': {
    ...CALM,
    membership: 'fixed',
    crashes: [{ node: 3, at: 15 }],
    multicasts: [
      { at: 10, node: 3, bytes: 3 },
      { at: 40, node: 1, bytes: 3 },
    ],
  },
  'equivocating-liar': {
    ...CALM,
    membership: 'fixed',
    liars: [{ node: 3, behaviour: 'equivocate' }],
    multicasts: [
      { at: 10, node: 3, bytes: 3 },
      { at: 40, node: 3, bytes: 3 },
      { at: 60, node: 1, bytes: 3 },
    ],
  },
  'view-change': {
    ...CALM,
    membership: 'oracle',
    multicasts: [
      { at: 10, node: 1, bytes: 3 },
      { at: 14, node: 2, bytes: 3 },
      { at: 60, node: 3, bytes: 3 },
    ],
    changes: [{ at: 15, change: { type: 'remove', node: 0 } }],
  },
}

/** Lines that say nothing about the protocol: timers, and what the simulator itself does. */
const NOISE = /( (set-timer|clear-timer|timeout|connect|start|admit) )|( (start)$)/

test.each(Object.entries(STORIES))('%s goes as written down', (name, knobs) => {
  const { simulation, violations } = run(drawPlan(1, knobs), { trace: true, describe: describeMessage })
  expect(violations).toEqual([])
  const lines = simulation.trace().split('\n')
  const trace = lines.filter((line) => !NOISE.test(line)).join('\n')
  const file = new URL(`traces/${name}.txt`, import.meta.url)
  if (update) writeFileSync(file, trace)
  expect(trace).toBe(readFileSync(file, 'utf8'))
})
