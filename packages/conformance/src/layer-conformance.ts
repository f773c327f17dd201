import type { Bytes, Layer } from '@testudo/core'
import {
  anyhow,
  corrupt,
  crashAfter,
  delayed,
  duplicate,
  flood,
  garbage,
  type Liar,
  mute,
  muteTo,
  replay,
  selective,
  simulatedSuite,
} from '@testudo/simulator'
import { type ConformanceCase, expectThat } from './conformance-case.js'
import type { LayerSubject } from './layer-subject.js'
import { FAULTLESS, Trial, type TrialOptions } from './trial.js'

/** Hostile messages that one member is given in one run. */
const HOSTILE_MESSAGES = 500

const LIARS: Readonly<Record<string, Liar>> = {
  mute,
  'mute to some': muteTo(0.5),
  selective: selective(0.4),
  'sending garbage': garbage(0.4),
  'corrupting messages': corrupt(0.4),
  replaying: replay(0.8),
  duplicating: duplicate(0.5),
  reordering: delayed(0.4, 200),
  flooding: flood(10),
  'gone after a while': crashAfter(700),
  'lying in several ways': anyhow,
}

/**
 * The cases that a layer or stack passes at its top, chosen by its guarantees. Each runs in virtual time, for every size
 * of group and with several seeds.
 */
export function layerConformance(subject: LayerSubject): readonly ConformanceCase[] {
  const each: MakeCase = (name, run) => ({
    name: `${subject.name}: ${name}`,
    run: () => forEach(subject, name, run),
  })
  const cases = [
    each('every member delivers what any member multicasts', (options) => {
      new Trial(subject, options).multicasts().conclude(FAULTLESS)
    }),
    each('empty payloads are delivered, also the same one again', (options) => {
      const trial = new Trial(subject, options)
      for (let i = 0; i < 6; i++) trial.multicastAt(200 + 50 * i, i % options.members, new Uint8Array(0))
      trial.conclude(FAULTLESS)
    }),
    ...(sizesOf(subject).some((members) => subject.guarantees.faults(members) > 0) ? failures(subject, each) : []),
    each('a repeated connect does no harm', (options) => {
      const trial = new Trial(subject, options).multicasts()
      const { prng, nodes } = trial.simulation
      for (let i = 0; i < 20; i++) {
        trial.simulation.at(prng.between(0, 1500), () => {
          const [site, peer] = [prng.pick(trial.sites), prng.pick(nodes)]
          if (site !== undefined && peer !== undefined && site.id !== peer.id)
            site.input({ type: 'connect', peer: peer.id })
        })
      }
      trial.conclude(FAULTLESS)
    }),
    each('hostile messages from members and strangers never throw', (options) => hostileMessages(subject, options)),
    each('messages go to members only', (options) => sendsToMembers(subject, options)),
    each('a seed gives the same run twice', (options) => sameTwice(subject, options)),
    each('reading messages ahead changes nothing', (options) => readAhead(subject, options)),
    each('only differences of the time are used', (options) => otherClocks(subject, options)),
  ]
  if (subject.guarantees.agreement !== 'consistent') {
    cases.push(each('promises hold while the membership changes', (options) => changes(subject, options)))
  }
  const { payloadBytesMax } = subject
  if (payloadBytesMax !== undefined) {
    cases.push(
      each('the largest payload is delivered, a larger one refused', (options) => {
        largest(subject, options, payloadBytesMax)
      }),
    )
  }
  return cases
}

type MakeCase = (name: string, run: (options: TrialOptions) => void) => ConformanceCase

/** The cases in which as many members fail as may. */
function failures(subject: LayerSubject, each: MakeCase): readonly ConformanceCase[] {
  const faulty = (options: TrialOptions): number => subject.guarantees.faults(options.members)
  return [
    each('promises hold although as many members crash as may', (options) => {
      const trial = new Trial(subject, options).multicasts()
      const { prng } = trial.simulation
      for (let i = 0; i < faulty(options); i++) {
        trial.simulation.at(prng.between(0, 1500), () => trial.simulation.crash(i))
      }
      trial.conclude()
    }),
    ...Object.entries(LIARS).map(([way, liar]) =>
      each(`promises hold although as many members as may are ${way}`, (options) => {
        const liars = new Map(Array.from({ length: faulty(options) }, (_, i) => [i, liar] as const))
        if (liars.size > 0) new Trial(subject, { ...options, liars }).multicasts().conclude()
      }),
    ),
  ]
}

function sizesOf({ members = [1, 4, 7] }: LayerSubject): readonly number[] {
  return members
}

function forEach(subject: LayerSubject, name: string, run: (options: TrialOptions) => void): void {
  for (const members of sizesOf(subject)) {
    for (let i = 0; i < (subject.seeds ?? 3); i++) {
      const seed = `${name}/${members}/${i}`
      try {
        run({ members, seed })
      } catch (cause) {
        const sentence = cause instanceof Error ? cause.message : String(cause)
        throw new Error(`with ${members} members and the seed '${seed}': ${sentence}`, { cause })
      }
    }
  }
}

/** Messages that members sent, some altered, and random bytes, all with wrong senders. */
function hostileMessages(subject: LayerSubject, options: TrialOptions): void {
  const sent: Bytes[] = []
  const trial = new Trial(subject, {
    ...options,
    around: (layer) => watching(layer, (bytes) => sent.length < 1000 && sent.push(bytes)),
  }).multicasts()
  const { prng, nodes } = trial.simulation
  const strangers = [100, 101].map((index) => simulatedSuite(trial.simulation.traceHash).identity(index).id)
  const target = trial.sites[0]
  if (target === undefined) return
  const senders = [...nodes.map(({ id }) => id), ...strangers].filter((id) => id !== target.id)
  for (let i = 0; i < HOSTILE_MESSAGES; i++) {
    trial.simulation.at(prng.between(0, 2000), () => {
      const like = prng.pick(sent)?.slice() ?? prng.bytes(20)
      for (let flips = prng.below(4); flips > 0 && like.length > 0; flips--)
        like[prng.below(like.length)] = prng.below(256)
      const bytes =
        [like, like.subarray(0, prng.below(like.length)), prng.bytes(prng.below(300))][prng.below(3)] ?? like
      const from = prng.pick(senders)
      if (from !== undefined) target.input({ type: 'receive', from, bytes })
    })
  }
  trial.rest()
}

function watching(layer: Layer, see: (bytes: Bytes, to: readonly string[]) => void): Layer {
  const step: Layer['step'] = (input, now) => {
    const effects = layer.step(input, now)
    for (const effect of effects) if (effect.type === 'send') see(effect.bytes, effect.to)
    return effects
  }
  const prepare = layer.prepare?.bind(layer)
  return prepare === undefined ? { step } : { step, prepare }
}

function sendsToMembers(subject: LayerSubject, options: TrialOptions): void {
  const known = new Set<string>()
  const trial = new Trial(subject, {
    ...options,
    around: (layer, site) =>
      watching(layer, (_, to) => {
        for (const id of to) expectThat(known.has(id), `p${site.node} sent a message to a process that is no member`)
      }),
  }).multicasts()
  for (const { id } of trial.simulation.nodes) known.add(id)
  trial.rest()
}

function sameTwice(subject: LayerSubject, options: TrialOptions): void {
  const [first, second] = [1, 2].map(() => {
    const liars = new Map([[0, anyhow]])
    const trial = new Trial(subject, options.members < 4 ? options : { ...options, liars }).multicasts()
    trial.rest()
    return trial.simulation.traceHash
  })
  expectThat(first === second, `the run had the trace ${first} and then ${second}`)
}

function readAhead(subject: LayerSubject, options: TrialOptions): void {
  const [plain, ahead] = [false, true].map((prepare) => {
    const trial = new Trial(subject, { ...options, simulation: { prepare } }).multicasts()
    trial.rest()
    return trial.simulation.traceHash
  })
  expectThat(plain === ahead, 'the run was another one when messages were given to `prepare` first')
}

function otherClocks(subject: LayerSubject, options: TrialOptions): void {
  const [near, far] = [1, undefined].map((most) => {
    const simulation = most === undefined ? {} : { clockOffsetMsMax: most }
    const trial = new Trial(subject, { ...options, simulation }).multicasts()
    trial.rest()
    return JSON.stringify(trial.delivered())
  })
  expectThat(near === far, 'the run was another one when the clocks of the processes showed other times')
}

/** One member removed, one view without a change, one process added: never more than f missing at a time. */
function changes(subject: LayerSubject, options: TrialOptions): void {
  if (options.members < 4) return
  const trial = new Trial(subject, { ...options, spare: 1 })
  trial.simulation.runTo(100)
  if (!trial.oracular) return
  trial.multicasts()
  const { prng } = trial.simulation
  trial.oracle.change(prng.between(200, 900), { type: 'remove', node: options.members - 1 })
  trial.oracle.change(prng.between(200, 900), { type: 'null' })
  trial.oracle.change(prng.between(200, 900), { type: 'add', node: options.members })
  trial.conclude()
  const last = trial.oracle.views.at(-1)
  const joiner = trial.simulation.node(options.members)
  expectThat(last?.members.includes(joiner.id), 'no member admitted the process that was to be added (`admit`)')
}

function largest(subject: LayerSubject, options: TrialOptions, payloadBytesMax: number): void {
  const trial = new Trial(subject, options)
  const payload = trial.simulation.prng.bytes(payloadBytesMax)
  trial.multicastAt(200, 0, payload)
  trial.multicastAt(300, 0, new Uint8Array(payloadBytesMax + 1))
  trial.conclude(FAULTLESS)
  const { log } = trial.simulation.node(0)
  expectThat(
    log.some(({ event }) => event.type === 'refused'),
    `${payloadBytesMax + 1} bytes were not refused`,
  )
}
