import { expect, test } from 'vitest'
import { drawPlan, type Knobs } from './simulation/plan.js'
import { run } from './simulation/world.js'

/** Nothing but what a story says. */
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

/** What seeds have found, made small: each was a violation before it was mended. */
const FOUND: readonly { readonly sentence: string; readonly knobs: Knobs }[] = [
  {
    sentence: 'the last to multicast is not suspected for not announcing its own multicasts',
    knobs: { ...CALM, membership: 'fixed', multicasts: [{ at: 10, node: 1, bytes: 8 }] },
  },
  {
    sentence: 'members that were removed, and know it, still echo for those who have yet to leave the old view',
    knobs: {
      ...CALM,
      membership: 'oracle',
      multicasts: [{ at: 290, node: 0, bytes: 8 }],
      changes: [
        { at: 300, change: { type: 'remove', node: 1 } },
        { at: 310, change: { type: 'remove', node: 2 } },
      ],
    },
  },
  {
    sentence: 'a member that was suspected while it was cut off gets what only some of the others have',
    knobs: {
      ...CALM,
      membership: 'fixed',
      hasty: true,
      liars: [{ node: 3, behaviour: 'commit-to-favourite' }],
      partitions: [{ at: 20, forMs: 1500, groups: [[1], [0, 2, 3]] }],
      multicasts: [
        { at: 30, node: 0, bytes: 8 },
        { at: 1700, node: 3, bytes: 8 },
        { at: 1800, node: 3, bytes: 8 },
      ],
    },
  },
  {
    sentence: 'in uniform mode, members that left a view behind need not say that they had its flushes',
    knobs: {
      ...CALM,
      membership: 'oracle',
      uniform: true,
      multicasts: [{ at: 295, node: 0, bytes: 8 }],
      changes: [
        { at: 300, change: { type: 'null' } },
        { at: 314, change: { type: 'remove', node: 1 } },
        { at: 317, change: { type: 'null' } },
        { at: 343, change: { type: 'remove', node: 0 } },
      ],
    },
  },
  {
    sentence: 'seven members go through a cascade of four views',
    knobs: {
      ...CALM,
      members: 7,
      membership: 'oracle',
      multicasts: [{ at: 295, node: 0, bytes: 8 }],
      changes: [300, 303, 306, 309].map((at) => ({ at, change: { type: 'null' } as const })),
    },
  },
]

/** Each story under so many schedules. */
const SEEDS = 6

test.each(FOUND)('$sentence', ({ knobs }) => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { violations, ended } = run(drawPlan(seed, knobs))
    expect(violations, `seed ${seed}`).toEqual([])
    expect(ended, `seed ${seed} came to its end`).toBe(true)
  }
})
