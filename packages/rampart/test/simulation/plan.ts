import { faultsMax } from '@testudo/core'
import { type Change, Prng } from '@testudo/simulator'
import { BEHAVIOURS, COLLUSIONS } from './library.js'

/** How the processes are joined: [R94] 2's channels, or `@testudo/link` over connections or datagrams that fail. */
export type PlanNetwork = 'fifo' | 'slow-channels' | 'breaking' | 'lossy'

/** All that is drawn for a run before it begins. Printable, so that a failure shows it. */
export interface Plan {
  readonly seed: number
  /** How many are in the first view: nodes 0 to members - 1. */
  readonly members: number
  /** Nodes behind those, that may join. */
  readonly joiners: number
  readonly membership: 'fixed' | 'oracle'
  readonly network: PlanNetwork
  readonly uniform: boolean
  /** Else each message is a packet of its own. */
  readonly packing: boolean
  /** Messages are read ahead, as the runtime does. */
  readonly prepare: boolean
  /** One honest member's request removes a member, as if the liars had joined in. */
  readonly eager: boolean
  /** Shorter time-outs, so that more is forwarded and suspected. */
  readonly hasty: boolean
  readonly liars: readonly { readonly node: number; readonly behaviour: string }[]
  readonly crashes: readonly { readonly node: number; readonly at: number }[]
  readonly pauses: readonly { readonly node: number; readonly at: number; readonly forMs: number }[]
  readonly partitions: readonly {
    readonly at: number
    readonly forMs: number
    readonly groups: readonly (readonly number[])[]
  }[]
  readonly changes: readonly { readonly at: number; readonly change: Change }[]
  readonly multicasts: readonly { readonly at: number; readonly node: number; readonly bytes: number }[]
  /** Whether what must happen at last has to happen: not in a fixed view whose sequencer may be gone. */
  readonly live: boolean
}

/** What the caller of a run may fix. */
export type Knobs = Partial<
  Pick<
    Plan,
    'members' | 'membership' | 'network' | 'uniform' | 'packing' | 'prepare' | 'eager' | 'hasty' | 'liars' | 'crashes'
  > & {
    readonly pauses: Plan['pauses']
    readonly partitions: Plan['partitions']
    readonly changes: Plan['changes']
    readonly multicasts: Plan['multicasts']
    /** Multicasts of one sender by the hundred, so that windows fill. */
    readonly long: boolean
  }
>

/** When multicasts and scripted changes have all been made. */
const SCRIPT_MS = 1500

/** How large groups are: mostly small ones, for a run of ten costs ten times one of four. */
const MEMBERS: readonly number[] = [...Array.from({ length: 52 }, () => 4), 7, 7, 7, 7, 7, 7, 10]

/** Draws a plan. What the knobs fix is not drawn, and does not shift the rest. */
export function drawPlan(seed: number, knobs: Knobs = {}): Plan {
  const prng = new Prng(`plan/${seed}`)
  const drawn = (name: string): Prng => prng.fork(name)
  const members = knobs.members ?? drawn('members').pick(MEMBERS)
  if (members === undefined) throw new Error('there is always a number of members')
  const membership = knobs.membership ?? (drawn('membership').chance(0.3) ? 'fixed' : 'oracle')
  const joiners = membership === 'oracle' ? drawn('joiners').below(3) : 0
  const uniform = knobs.uniform ?? drawn('uniform').chance(0.25)
  const changes = knobs.changes ?? (membership === 'oracle' ? drawChanges(drawn('changes'), members, joiners) : [])
  const bad = drawBad(drawn('bad'), members, changes, knobs)
  const network = knobs.network ?? drawNetwork(drawn('network'))
  const first = new Set([...bad.liars, ...bad.crashes].map(({ node }) => node))
  return {
    seed,
    members,
    joiners,
    membership,
    network,
    uniform,
    packing: knobs.packing ?? drawn('packing').chance(0.5),
    prepare: knobs.prepare ?? drawn('prepare').chance(0.3),
    eager: knobs.eager ?? drawn('eager').chance(0.15),
    hasty: knobs.hasty ?? drawn('hasty').chance(0.4),
    ...bad,
    pauses: knobs.pauses ?? drawPauses(drawn('pauses'), members + joiners),
    partitions: knobs.partitions ?? drawPartitions(drawn('partitions'), members + joiners),
    changes,
    multicasts: knobs.multicasts ?? drawMulticasts(drawn('load'), members, joiners, knobs.long),
    live: membership === 'oracle' || (!first.has(0) && !(uniform && first.size > 0)),
  }
}

/** One line for each thing that was drawn. */
export function describePlan(plan: Plan): string {
  const { seed, members, joiners, membership, network, multicasts, ...rest } = plan
  const head = `seed=${seed} members=${members}+${joiners} membership=${membership} network=${network}`
  const load = `multicasts=${multicasts.length}`
  const tail = Object.entries(rest).filter(
    ([, value]) => value !== false && !(Array.isArray(value) && value.length === 0),
  )
  return [head, load, ...tail.map(([name, value]) => `${name}=${JSON.stringify(value)}`)].join(' ')
}

function drawNetwork(prng: Prng): PlanNetwork {
  const roll = prng.float()
  if (roll < 0.5) return 'fifo'
  if (roll < 0.75) return 'slow-channels'
  return roll < 0.87 ? 'breaking' : 'lossy'
}

function drawChanges(prng: Prng, members: number, joiners: number): Plan['changes'] {
  // The flushes of a large group grow with every view of a cascade by a factor of its size: few changes at a time.
  const countMax = members > 7 ? 2 : members > 4 ? 3 : 6
  const count = Math.min(countMax, prng.pick([0, 0, 1, 1, 1, 2, 2, 3, 4, 6]) as number)
  const cascade = prng.chance(0.4)
  const start = prng.between(0, SCRIPT_MS)
  const newcomers = Array.from({ length: joiners }, (_, index) => members + index)
  const leavers = prng.shuffled(Array.from({ length: members }, (_, node) => node))
  if (prng.chance(0.3)) leavers.unshift(...leavers.splice(leavers.indexOf(0), 1)) // the sequencer first
  return Array.from({ length: count }, () => {
    const at = cascade ? start + prng.between(0, 60) : prng.between(0, SCRIPT_MS)
    const roll = prng.float()
    const newcomer = roll < 0.35 ? newcomers.shift() : undefined
    if (newcomer !== undefined) return { at, change: { type: 'add', node: newcomer } as const }
    const leaver = roll < 0.75 && leavers.length > 2 ? leavers.shift() : undefined
    if (leaver !== undefined) return { at, change: { type: 'remove', node: leaver } as const }
    return { at, change: { type: 'null' } as const }
  })
}

/** Liars and crashes, together at most as many as the views allow, also when honest members were removed before. */
function drawBad(prng: Prng, members: number, changes: Plan['changes'], knobs: Knobs): Pick<Plan, 'liars' | 'crashes'> {
  if (knobs.liars !== undefined && knobs.crashes !== undefined) return { liars: knobs.liars, crashes: knobs.crashes }
  const removed = changes.flatMap(({ change }) => (change.type === 'remove' ? [change.node] : []))
  let budget = faultsMax(members)
  if (!prng.chance(0.75)) budget = prng.below(budget + 1)
  // Those who are removed first are bad first: so fewer honest ones go.
  const preferred = prng.chance(0.5) ? removed : prng.chance(0.4) ? [0] : []
  const order = [...new Set([...preferred, ...prng.shuffled(Array.from({ length: members }, (_, node) => node))])]
  while (budget > 0) {
    const chosen = new Set(order.slice(0, budget))
    const honestGone = removed.filter((node) => !chosen.has(node)).length
    if (budget <= faultsMax(members - honestGone)) break
    budget--
  }
  const chosen = order.slice(0, budget)
  const crashing = chosen.filter(() => prng.chance(0.2))
  const lying = chosen.filter((node) => !crashing.includes(node))
  const collusion = lying.length >= 2 && prng.chance(0.4) ? (prng.pick(COLLUSIONS) ?? []) : []
  const liars = lying.map((node, index) => ({
    node,
    behaviour: collusion[index] ?? prng.pick(BEHAVIOURS)?.name ?? 'honest',
  }))
  const crashes = crashing.map((node) => ({ node, at: prng.between(0, SCRIPT_MS) }))
  return { liars: knobs.liars ?? liars, crashes: knobs.crashes ?? crashes }
}

function drawPauses(prng: Prng, nodes: number): Plan['pauses'] {
  const count = prng.pick([0, 0, 0, 1, 2]) as number
  return Array.from({ length: count }, () => ({
    node: prng.below(nodes),
    at: prng.between(0, SCRIPT_MS),
    forMs: prng.chance(0.2) ? prng.between(1000, 6000) : prng.between(10, 800),
  }))
}

/** Mostly short ones; a long one makes honest members suspect each other. */
function drawPartitions(prng: Prng, nodes: number): Plan['partitions'] {
  if (!prng.chance(0.3)) return []
  const shuffled = prng.shuffled(Array.from({ length: nodes }, (_, node) => node))
  const cut = 1 + prng.below(nodes - 1)
  const forMs = prng.chance(0.2) ? prng.between(2000, 10_000) : prng.between(50, 1500)
  const at = prng.between(0, SCRIPT_MS)
  return [{ at, forMs, groups: [shuffled.slice(0, cut), shuffled.slice(cut)] }]
}

function drawMulticasts(prng: Prng, members: number, joiners: number, long = prng.chance(0.004)): Plan['multicasts'] {
  const total = Math.ceil((prng.pick([4, 6, 8, 12, 20]) as number) / (members > 7 ? 2 : 1))
  const dense = prng.chance(0.4)
  const large = prng.chance(0.02)
  const multicasts = Array.from({ length: total }, () => ({
    at: prng.between(0, dense ? SCRIPT_MS / 6 : SCRIPT_MS),
    node: prng.below(members + joiners),
    bytes: large && prng.chance(0.3) ? 1000 + prng.below(100_000) : 4 + prng.below(20),
  }))
  if (!long) return multicasts
  const node = prng.below(members)
  return [...multicasts, ...Array.from({ length: 400 }, () => ({ at: prng.between(0, SCRIPT_MS), node, bytes: 8 }))]
}
