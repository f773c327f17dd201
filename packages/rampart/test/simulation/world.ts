import type { Bytes, View } from '@testudo/core'
import {
  type Account,
  atomicCheckers,
  type Checker,
  type Describe,
  type Entry,
  echoCheckers,
  heavyTail,
  honest,
  judge,
  type NetworkOptions,
  OracleMembership,
  type Outcome,
  reliableCheckers,
  Simulation,
  simulatedSuite,
  slowChannels,
  TOP,
  uniformCheckers,
  type Violation,
} from '@testudo/simulator'
import { accuracy } from './accuracy.js'
import { ABOVE_ATOMIC, ABOVE_ECHO, ABOVE_RELIABLE, buildNode, type Mutation, type Shared } from './build.js'
import type { Plan } from './plan.js'

/** No run takes longer, in virtual milliseconds. */
const DEADLINE_MS = 300_000

/** So long nothing may happen at any top before a run counts as quiet: longer than any chain of time-outs. */
const IDLE_MS = 12_000

/** By when everything scripted has ended and the network is whole: breaks end, partitions heal. */
const HEALED_MS = 12_000

/** Payloads longer than this are judged by their hash. */
const PAYLOAD_JUDGED_MAX = 12

/** A run that came to its end. */
export interface Run extends Outcome {
  readonly simulation: Simulation
  readonly views: readonly View[]
  /** Whether all views had at most f(n) liars and crashed members; else nothing is promised, and nothing is judged. */
  readonly sound: boolean
  /** Whether liveness was judged as well. */
  readonly ended: boolean
}

/** What a run may be watched with. */
export interface Watch {
  readonly mutation?: Mutation
  readonly trace?: boolean
  readonly describe?: Describe
}

/** Runs a plan to its end and judges it. */
export function run(plan: Plan, watch: Watch = {}): Run {
  const oracle = plan.membership === 'oracle' ? new OracleMembership({ eager: plan.eager }) : undefined
  const nodes = plan.members + plan.joiners
  const suite = simulatedSuite(plan.seed)
  const ids = Array.from({ length: nodes }, (_, node) => suite.identity(node).id)
  const shared: Shared = { plan, oracle, ids, conspiracy: { signers: new Map() }, mutation: watch.mutation }
  const simulation = new Simulation({
    seed: plan.seed,
    nodes,
    members: Array.from({ length: plan.members }, (_, node) => node),
    build: (environment, _, site) => buildNode(shared, environment, site),
    liars: new Map(plan.liars.map(({ node }) => [node, honest])),
    network: networkOf(plan),
    prepare: plan.prepare,
    trace: watch.trace ?? false,
    ...(watch.describe === undefined ? {} : { describe: watch.describe }),
  })
  script(simulation, oracle, plan)
  simulation.runTo(plan.partitions.length > 0 || plan.network === 'breaking' ? HEALED_MS : 0)
  const quiet = simulation.runQuiet(DEADLINE_MS, IDLE_MS)
  const views = oracle?.views ?? [simulation.genesis]
  const sound = oracle?.sound ?? true
  const ended = plan.live && quiet
  const stuck: readonly Violation[] =
    plan.live && !quiet && sound ? [{ property: 'Quiet', sentence: `still busy after ${DEADLINE_MS} ms` }] : []
  const violations = sound
    ? [...stuck, ...judged(simulation, plan, views, ended), ...accuracy(simulation, plan, views)]
    : []
  return { simulation, views, sound, ended, violations, traceHash: simulation.traceHash }
}

function judged(simulation: Simulation, plan: Plan, views: readonly View[], ended: boolean): readonly Violation[] {
  const at = (level: string, checkers: readonly Checker[]): readonly Violation[] =>
    judge(
      { accounts: simulation.accounts(level).map((account) => compact(simulation, account)), views, ended },
      checkers,
    ).map(({ property, sentence }) => ({
      property,
      sentence: `at ${level}: ${sentence}`,
    }))
  const { uniform } = plan
  const total = [...atomicCheckers, ...(uniform ? uniformCheckers.total : [])]
  return [
    ...at(ABOVE_ECHO, echoCheckers),
    ...at(ABOVE_RELIABLE, [...reliableCheckers, ...(uniform ? uniformCheckers.fifo : [])]),
    ...at(ABOVE_ATOMIC, total),
    ...at(TOP, total),
  ]
}

/** The same account with long payloads replaced by their hashes: the judges compare payloads very often. */
function compact({ suite }: Simulation, account: Account): Account {
  const entries = account.entries.map((entry): Entry => {
    const { event } = entry
    if (event.type !== 'deliver' && event.type !== 'multicast') return entry
    if (event.payload.length <= PAYLOAD_JUDGED_MAX) return entry
    return { ...entry, event: { ...event, payload: suite.hash(event.payload).subarray(0, PAYLOAD_JUDGED_MAX) } }
  })
  return { ...account, entries }
}

function script(simulation: Simulation, oracle: OracleMembership | undefined, plan: Plan): void {
  plan.multicasts.forEach(({ at, node, bytes }, index) => {
    simulation.at(at, () => simulation.multicast(node, payloadOf(node, index, bytes)))
  })
  for (const { at, change } of plan.changes) oracle?.change(at, change)
  for (const { at, node } of plan.crashes) simulation.at(at, () => simulation.crash(node))
  for (const { at, node, forMs } of plan.pauses) {
    simulation.at(at, () => simulation.pause(node))
    simulation.at(at + forMs, () => simulation.resume(node))
  }
  for (const { at, forMs, groups } of plan.partitions) {
    simulation.at(at, () => simulation.partition(groups))
    simulation.at(at + forMs, () => simulation.heal())
  }
}

/** Every payload of a run is another: who, the how-manieth of all, and some more bytes. */
function payloadOf(node: number, index: number, length: number): Bytes {
  const payload = new Uint8Array(Math.max(3, length)).fill(index)
  payload.set([node, index >> 8, index & 255])
  return payload
}

function networkOf({ network }: Plan): NetworkOptions {
  switch (network) {
    case 'fifo':
      return { mode: 'fifo' }
    case 'slow-channels':
      return { mode: 'fifo', delay: slowChannels(heavyTail(1, 10), 0.2, 15) }
    case 'breaking':
      return { mode: 'breaking', breakEveryMs: 1500, breakForMsMax: 200, breakUntilMs: HEALED_MS / 2 }
    case 'lossy':
      return { mode: 'lossy', loss: 0.1, duplication: 0.05 }
  }
}
