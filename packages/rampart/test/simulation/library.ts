import {
  anyhow,
  corrupt,
  crashAfter,
  delayed,
  duplicate,
  flood,
  garbage,
  honest,
  type Liar,
  mute,
  muteTo,
  type Prng,
  replay,
  selective,
} from '@testudo/simulator'
import type { Behaviour, Deceit, LiarTools } from './behaviour.js'
import {
  badEchoes,
  echoEverything,
  forgeCommits,
  future,
  replayOldViews,
  wildInits,
  withholdEchoes,
} from './channel-lies.js'
import {
  commitToFavourite,
  commitToOne,
  doubleCommit,
  equivocate,
  lyingCounters,
  malformedBody,
  withholdCommits,
} from './initiator-lies.js'
import {
  afterEnd,
  earlyEnd,
  emptyFlush,
  endWithoutFlush,
  falseTook,
  garbageFlush,
  giantFlush,
  malformedAtomic,
  malformedReliable,
  muteSequencer,
  neverEnd,
  phantomOrders,
  shuffleOrder,
  strangeOrders,
  usurpOrder,
  wildFlush,
} from './upper-lies.js'

/** Makes a behaviour of one of the simulator's liars. */
function generic(name: string, liar: (prng: Prng) => Liar): Behaviour {
  return {
    name,
    make: ({ self, peers, prng, environment }) => ({
      around: (stack) => liar(prng)(stack, { self, peers, prng, environment }),
    }),
  }
}

/** Lies in two ways at once. */
function both(one: Behaviour, other: Behaviour): Behaviour {
  return {
    name: `${one.name}+${other.name}`,
    make: (tools: LiarTools): Deceit => {
      const [a, b] = [one.make(tools), other.make(tools)]
      const around = (stack: Parameters<NonNullable<Deceit['around']>>[0]) => {
        const inner = a.around?.(stack) ?? stack
        return b.around?.(inner) ?? inner
      }
      return { ...a, ...b, around }
    },
  }
}

const claimsAll: Behaviour = lyingCounters('claims-all', () => 1_000_000)
const claimsNothing: Behaviour = lyingCounters('claims-nothing', () => 0)
const claimsAnything: Behaviour = lyingCounters('claims-anything', (_, { prng }) => prng.below(20))

/** Every way to lie, by name in the plan of a run. */
export const BEHAVIOURS: readonly Behaviour[] = [
  generic('honest', () => honest),
  generic('mute', () => mute),
  generic('mute-to', (prng) => muteTo(prng.float())),
  generic('selective', (prng) => selective(prng.float())),
  generic('garbage', (prng) => garbage(prng.float())),
  generic('corrupt', (prng) => corrupt(prng.float())),
  generic('duplicate', (prng) => duplicate(prng.float())),
  generic('replay', (prng) => replay(prng.float())),
  generic('delayed', (prng) => delayed(prng.float(), prng.between(10, 400))),
  generic('flood', () => flood(4)),
  generic('crash', (prng) => crashAfter(prng.between(0, 1500))),
  generic('anyhow', () => anyhow),
  equivocate,
  doubleCommit,
  withholdCommits,
  commitToOne,
  commitToFavourite,
  malformedBody,
  claimsAll,
  claimsNothing,
  claimsAnything,
  withholdEchoes,
  badEchoes,
  echoEverything,
  forgeCommits,
  wildInits,
  replayOldViews,
  future,
  neverEnd,
  endWithoutFlush,
  afterEnd,
  earlyEnd,
  garbageFlush,
  emptyFlush,
  giantFlush,
  wildFlush,
  falseTook,
  malformedReliable,
  muteSequencer,
  phantomOrders,
  strangeOrders,
  usurpOrder,
  shuffleOrder,
  malformedAtomic,
  both(equivocate, echoEverything),
  both(doubleCommit, emptyFlush),
  both(commitToOne, emptyFlush),
  both(commitToFavourite, emptyFlush),
  both(commitToFavourite, claimsAll),
  both(commitToOne, endWithoutFlush),
  both(commitToOne, claimsAll),
  both(withholdCommits, muteSequencer),
  both(phantomOrders, claimsAll),
]

/** The behaviour of this name. */
export function behaviourOf(name: string): Behaviour {
  const found = BEHAVIOURS.find((behaviour) => behaviour.name === name)
  if (found === undefined) throw new Error(`no behaviour is called ${name}`)
  return found
}

/** Names two colluding liars: an equivocator with one who signs all, or a sequencer and a sender. */
export const COLLUSIONS: readonly (readonly [string, string])[] = [
  ['equivocate', 'echo-everything'],
  ['double-commit', 'echo-everything'],
  ['equivocate', 'equivocate'],
  ['double-commit+empty-flush', 'commit-to-one+empty-flush'],
  ['phantom-orders', 'commit-to-one'],
  ['commit-to-favourite', 'commit-to-favourite+claims-all'],
  ['mute-sequencer', 'withhold-commits'],
  ['phantom-orders+claims-all', 'commit-to-one+claims-all'],
]
