import {
  type Environment,
  faultsMax,
  type Hasher,
  type Layer,
  type ProcessId,
  type Removal,
  rankOf,
  type Step,
  type Suspect,
  type View,
  type ViewEvent,
  type ViewId,
  weakQuorum,
} from '@testudo/core'
import type { Prng } from './prng.js'
import type { Site } from './simulation-options.js'
import { nextView } from './views.js'

/** A change of the membership by script. `node` is an index of the simulation. */
export type Change =
  | { readonly type: 'remove'; readonly node: number; readonly reason?: string }
  /** Waits until an honest member executed adds(x) for the newest view. [R94] 2 */
  | { readonly type: 'add'; readonly node: number }
  /** The next view has the same members. [R94] 8 */
  | { readonly type: 'null' }

/** How the oracle behaves. */
export interface OracleOptions {
  /** How long after its cause a view is generated, at most. Default 20. */
  readonly generateMsMax?: number
  /** How long after its generation a member receives a view, at most (longer if it has not received the one before). Default 50. */
  readonly receiveMsMax?: number
  /** The share of removed processes that hear `excluded`. Default 0.5. */
  readonly excludedShare?: number
  /** One honest member's request suffices for a removal, as when f liars join in. Default false: f + 1 honest ones. */
  readonly eager?: boolean
}

/** One process as the oracle knows it. */
interface Seat {
  readonly site: Site
  /** Whom it asked to remove, since which view, until it or they are out. */
  readonly asked: Map<ProcessId, ViewId>
  /** The newest view it received. */
  received: number
  /** When the last view it is to receive arrives. */
  lastArrival: number
}

/**
 * The group membership that [R94] 2 assumes, as an oracle that sees all processes: one object for a simulation, and a
 * bottom layer for each node. It generates views by script and by the processes' requests, each differing from the one
 * before by at most one process, and hands each to every member in order, at a time of its own.
 */
export class OracleMembership {
  readonly #options: Required<OracleOptions>
  readonly #seats = new Map<ProcessId, Seat>()
  readonly #ids = new Map<number, ProcessId>()
  readonly #views: View[] = []
  readonly #admitted = new Set<ViewId>()
  /** Additions waiting for `admit`. */
  readonly #additions: ProcessId[] = []
  /** Removals decided on and not yet generated. */
  readonly #leaving = new Set<ProcessId>()
  #hasher: Hasher | undefined
  #sound = true

  constructor(options: OracleOptions = {}) {
    this.#options = { generateMsMax: 20, receiveMsMax: 50, excludedShare: 0.5, eager: false, ...options }
  }

  /** The views generated so far, V^1 first: what the checkers need. */
  get views(): readonly View[] {
    return this.#views
  }

  /** Whether every view so far had at most f(n) liars and crashed members, as [R94] 2 requires. */
  get sound(): boolean {
    this.#checkSoundness()
    return this.#sound
  }

  /** The bottom layer of a node. */
  layer(environment: Environment, site: Site): Layer {
    if (this.#views.length === 0) this.#views.push(environment.genesis)
    this.#hasher = environment.hasher
    const seat: Seat = { site, asked: new Map(), received: 0, lastArrival: 0 }
    this.#seats.set(environment.self, seat)
    this.#ids.set(site.node, environment.self)
    return { step: (input) => this.#step(seat, environment, input) }
  }

  /** Changes the membership once this virtual time has come, and for an addition once it is admitted. */
  change(time: number, change: Change): void {
    const site = this.#anySeat().site
    site.at(time, () => this.#apply(change))
  }

  #step(seat: Seat, { genesis, self }: Environment, input: Parameters<Layer['step']>[0]): readonly Step[] {
    switch (input.type) {
      case 'start':
        if (rankOf(genesis, self) === undefined) return []
        seat.received = genesis.id
        return [{ type: 'view', view: genesis, joined: genesis.members, left: [] }]
      case 'view':
        seat.received = input.view.id
        this.#removeTheUnwanted()
        return [input]
      case 'suspect':
        return this.#suspected(seat, input)
      case 'admit':
        this.#admit(seat, input.view)
        return []
      case 'leave':
        this.#remove(self, 'left')
        return []
      default:
        return [input]
    }
  }

  /** remove(x, p), which stands for the views to come as well. [R94] 2 */
  #suspected(seat: Seat, { view, fault }: Suspect): readonly Step[] {
    const known = seat.asked.has(fault.culprit)
    const present = rankOf(this.#newest, fault.culprit) !== undefined
    if (!known && present) seat.asked.set(fault.culprit, view)
    this.#removeTheUnwanted()
    return known || !present ? [] : [{ type: 'fault', fault }]
  }

  /** adds(x). Liars' word counts for nothing. */
  #admit(seat: Seat, view: ViewId): void {
    if (!seat.site.obedient || rankOf(this.#newest, seat.site.id) === undefined) return
    this.#admitted.add(view)
    this.#addTheAdmitted()
  }

  #apply(change: Change): void {
    switch (change.type) {
      case 'null':
        return this.#generate(this.#newest.members, undefined)
      case 'remove':
        return this.#removeNow(this.#idOf(change.node), change.reason ?? 'script')
      case 'add':
        this.#additions.push(this.#idOf(change.node))
        return this.#addTheAdmitted()
    }
  }

  /** The first property of remove in [R94] 2: once enough members of the newest view ask, it happens. */
  #removeTheUnwanted(): void {
    const view = this.#newest
    const needed = this.#options.eager ? 1 : weakQuorum(view.members.length)
    for (const member of view.members) {
      const asking = view.members.filter((asker) => this.#asks(asker, member, view)).length
      if (asking >= needed) this.#remove(member, 'suspected')
    }
  }

  /** Whether an honest member that received this view asks for this removal. */
  #asks(asker: ProcessId, member: ProcessId, view: View): boolean {
    const seat = this.#seats.get(asker)
    if (seat === undefined || !seat.site.obedient || seat.site.crashed() || seat.received < view.id) return false
    const since = seat.asked.get(member)
    return since !== undefined && since <= view.id
  }

  #remove(member: ProcessId, reason: string): void {
    if (this.#leaving.has(member)) return
    this.#leaving.add(member)
    this.#soon(() => this.#removeNow(member, reason))
  }

  #removeNow(member: ProcessId, reason: string): void {
    this.#leaving.delete(member)
    const members = this.#newest.members.filter((id) => id !== member)
    if (members.length === this.#newest.members.length || members.length === 0) return
    for (const seat of this.#seats.values()) seat.asked.delete(member)
    this.#seats.get(member)?.asked.clear()
    this.#generate(members, { member, reason })
  }

  #addTheAdmitted(): void {
    if (this.#additions.length > 0) this.#soon(() => this.#addNow())
  }

  #addNow(): void {
    const joiner = this.#additions[0]
    if (joiner === undefined || !this.#admitted.has(this.#newest.id)) return
    this.#additions.shift()
    if (rankOf(this.#newest, joiner) !== undefined) return this.#addTheAdmitted()
    this.#generate([...this.#newest.members, joiner], undefined)
  }

  #generate(members: readonly ProcessId[], removal: Removal | undefined): void {
    this.#checkSoundness()
    const before = this.#newest
    const view = nextView(this.#hasher as Hasher, before, members)
    this.#views.push(view)
    const joined = members.filter((member) => rankOf(before, member) === undefined)
    const event: ViewEvent = { type: 'view', view, joined, left: removal === undefined ? [] : [removal] }
    for (const member of members) this.#hand(this.#seats.get(member) as Seat, event)
    if (removal !== undefined && this.#prng.chance(this.#options.excludedShare)) {
      const seat = this.#seats.get(removal.member) as Seat
      this.#hand(seat, { type: 'excluded', view: before.id, removal })
    }
    this.#removeTheUnwanted()
  }

  /** Every process receives its views in order, at times of its own. */
  #hand(seat: Seat, event: Parameters<Site['input']>[0]): void {
    const time = Math.max(seat.lastArrival, seat.site.now() + this.#prng.between(0, this.#options.receiveMsMax))
    seat.lastArrival = time
    seat.site.at(time, () => seat.site.input(event))
  }

  #soon(run: () => void): void {
    const { site } = this.#anySeat()
    site.at(site.now() + this.#prng.between(0, this.#options.generateMsMax), run)
  }

  #checkSoundness(): void {
    const { members } = this.#newest
    const bad = members.filter((member) => {
      const seat = this.#seats.get(member)
      return seat === undefined || !seat.site.obedient || seat.site.crashed()
    })
    if (bad.length > faultsMax(members.length)) this.#sound = false
  }

  get #newest(): View {
    return this.#views[this.#views.length - 1] as View
  }

  get #prng(): Prng {
    return this.#anySeat().site.prng
  }

  #anySeat(): Seat {
    return this.#seats.get(this.#idOf(0)) as Seat
  }

  #idOf(node: number): ProcessId {
    return this.#ids.get(node) as ProcessId
  }
}
