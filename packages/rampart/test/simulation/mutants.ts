import type { Deliver, Input, Layer, Step } from '@testudo/core'
import type { Mutation } from './build.js'
import type { Knobs } from './plan.js'

/** A broken variant of the real stack, the worlds in which it shows, and the judge that must convict it. */
export interface Mutant {
  readonly property: string
  /** What was broken, as a test's name goes on after "convicts a stack that". */
  readonly sentence: string
  readonly mutation: Mutation
  readonly knobs: Knobs
}

/** The one honest node at which a mutant of one node lives. */
const VICTIM = 1

const OUTSIDE = new Set(['receive', 'answer', 'timeout', 'connect', 'disconnect', 'start'])

/** A layer that passes everything on, changed. */
function changing(change: (input: Input) => readonly Step[]): Layer {
  return { step: (input) => (OUTSIDE.has(input.type) ? [] : change(input)) }
}

/** Only at one node. */
function atVictim(make: () => Layer): (node: number) => Layer {
  return (node) => (node === VICTIM ? make() : changing((input) => [input as Step]))
}

/** Delivers the first two messages for which `belongs` says so in the other order. */
function swappingOnce(belongs: (first: Deliver, second: Deliver) => boolean): Layer {
  let held: Deliver | undefined
  let done = false
  return changing((input) => {
    if (done || (input.type !== 'deliver' && input.type !== 'view')) return [input as Step]
    if (held === undefined) {
      if (input.type === 'deliver') held = input
      return input.type === 'deliver' ? [] : [input]
    }
    const first = held
    held = undefined
    if (input.type !== 'deliver' || !belongs(first, input)) return [first, input]
    done = true
    return [input, first]
  })
}

const CALM: Knobs = { membership: 'oracle', pauses: [], partitions: [], network: 'fifo', packing: false }

/** One for each property that is judged. */
export const MUTANTS: readonly Mutant[] = [
  {
    property: 'Integrity',
    sentence: 'delivers a message twice at one member',
    mutation: {
      aboveReliable: atVictim(() => changing((input) => (input.type === 'deliver' ? [input, input] : [input as Step]))),
    },
    knobs: { ...CALM, members: 4, liars: [], crashes: [] },
  },
  {
    property: 'Agreement',
    sentence: 'flushes no certificates when views change',
    mutation: {
      aboveEcho: () =>
        changing((input) => (input.type === 'collected' ? [{ ...input, commits: [] }] : [input as Step])),
    },
    knobs: {
      ...CALM,
      members: 7,
      uniform: false,
      hasty: false,
      liars: [{ node: 6, behaviour: 'commit-to-favourite' }],
      crashes: [],
      changes: [{ at: 300, change: { type: 'remove', node: 6 } }],
      multicasts: Array.from({ length: 20 }, (_, index) => ({ at: 220 + 5 * index, node: 6, bytes: 8 })),
    },
  },
  {
    property: 'Validity-1',
    sentence: 'loses a view at one member',
    mutation: {
      aboveReliable: atVictim(() =>
        changing((input) => (input.type === 'view' && input.view.id === 2 ? [] : [input as Step])),
      ),
    },
    knobs: { ...CALM, members: 4, liars: [], crashes: [], changes: [{ at: 300, change: { type: 'null' } }] },
  },
  {
    property: 'Validity-2',
    sentence: 'loses multicasts of one member',
    mutation: {
      aboveReliable: atVictim(() => changing((input) => (input.type === 'multicast' ? [] : [input as Step]))),
    },
    knobs: { ...CALM, members: 4, liars: [], crashes: [] },
  },
  {
    property: 'Order',
    sentence: 'delivers two messages of different senders in another order at one member',
    mutation: { aboveAtomic: atVictim(() => swappingOnce((first, second) => first.sender !== second.sender)) },
    knobs: { ...CALM, members: 4, liars: [], crashes: [], changes: [] },
  },
  {
    property: 'Lemma 1',
    sentence: 'takes every signature for valid, when commits are forged in the name of others',
    mutation: { environment: (environment) => ({ ...environment, verifier: { verify: () => true } }) },
    knobs: { ...CALM, members: 4, liars: [{ node: 3, behaviour: 'forge-commits' }], crashes: [], changes: [] },
  },
  {
    property: 'Lemma 2',
    sentence: 'takes every signature for valid, when an initiator forges the echoes to two messages',
    mutation: { environment: (environment) => ({ ...environment, verifier: { verify: () => true } }) },
    knobs: { ...CALM, members: 4, liars: [{ node: 3, behaviour: 'forge-commits' }], crashes: [], changes: [] },
  },
  {
    property: 'Lemma 3',
    sentence: 'delivers two messages of one sender in the wrong order at one member',
    mutation: { aboveReliable: atVictim(() => swappingOnce((first, second) => first.sender === second.sender)) },
    knobs: { ...CALM, members: 4, liars: [], crashes: [], changes: [] },
  },
  {
    property: 'Uniform Agreement',
    sentence: 'does not wait for stability, when a member is removed that alone had a message',
    mutation: { options: (options) => ({ ...options, uniform: false }) },
    knobs: {
      ...CALM,
      members: 7,
      uniform: true,
      hasty: false,
      liars: [{ node: 6, behaviour: 'commit-to-favourite' }],
      crashes: [],
      changes: [
        { at: 300, change: { type: 'remove', node: VICTIM } },
        { at: 301, change: { type: 'remove', node: 6 } },
      ],
      multicasts: Array.from({ length: 20 }, (_, index) => ({ at: 220 + 5 * index, node: 6, bytes: 8 })),
    },
  },
  {
    property: 'Uniform Order',
    sentence: 'does not wait for stability, when the sequencer told its order to a member that is removed',
    mutation: { options: (options) => ({ ...options, uniform: false }) },
    knobs: {
      ...CALM,
      members: 7,
      uniform: true,
      hasty: false,
      liars: [{ node: 0, behaviour: 'commit-to-favourite' }],
      crashes: [],
      changes: [
        { at: 300, change: { type: 'remove', node: VICTIM } },
        { at: 301, change: { type: 'remove', node: 0 } },
      ],
      multicasts: Array.from({ length: 24 }, (_, index) => ({ at: 150 + 5 * index, node: 6 - (index % 5), bytes: 8 })),
    },
  },
  {
    property: 'Accuracy',
    sentence: 'takes no signature for valid at one member',
    mutation: { environment: (environment) => ({ ...environment, verifier: { verify: () => false } }) },
    knobs: { ...CALM, members: 4, liars: [], crashes: [], changes: [] },
  },
]
