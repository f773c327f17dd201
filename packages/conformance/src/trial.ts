import { type Bytes, type Down, type Layer, stack, type View } from '@testudo/core'
import {
  agreement,
  type Checker,
  checkersFor,
  type History,
  judge,
  type Liar,
  OracleMembership,
  Simulation,
  type SimulationOptions,
  type Site,
  TOP,
  type Violation,
  validity2,
} from '@testudo/simulator'
import { expectThat } from './conformance-case.js'
import type { LayerSubject } from './layer-subject.js'

/** The first multicasts come when every stack had time to start; the last one a second later. */
const FIRST_MS = 200
const LAST_MS = 1_200

/** Multicasts of each member in one run. */
const MULTICASTS = 4

/** A run must come to rest within so many times `settleMs`. */
const DEADLINE_FACTOR = 20

/** What a trial is to be like. */
export interface TrialOptions {
  readonly members: number
  readonly seed: number | string
  readonly liars?: ReadonlyMap<number, Liar>
  /** More processes, that are no members at first. */
  readonly spare?: number
  readonly simulation?: Partial<SimulationOptions>
  /** Wraps every stack, below the liar's wrapper. */
  readonly around?: (layer: Layer, site: Site) => Layer
}

/** One run of a subject. */
export class Trial {
  readonly simulation: Simulation
  readonly oracle: OracleMembership = new OracleMembership()
  readonly sites: Site[] = []
  readonly #subject: LayerSubject
  readonly #members: number
  /** Whether the subject stands on the oracle's views, or brings a membership of its own. */
  #oracular = false

  constructor(subject: LayerSubject, options: TrialOptions) {
    this.#subject = subject
    this.#members = options.members
    const { around = (layer) => layer } = options
    this.simulation = new Simulation({
      seed: options.seed,
      nodes: options.members + (options.spare ?? 0),
      members: Array.from({ length: options.members }, (_, node) => node),
      network: subject.network ?? {},
      liars: options.liars ?? new Map(),
      build: (environment, _, site) => {
        this.sites.push(site)
        const membership = this.#noticing(this.oracle.layer(environment, site))
        return around(subject.build(environment, membership, site), site)
      },
      ...options.simulation,
    })
  }

  /** Whether view changes can be scripted. */
  get oracular(): boolean {
    return this.#oracular
  }

  /** Has every member multicast some small messages at random times. */
  multicasts(): this {
    const { prng } = this.simulation
    for (let node = 0; node < this.#members; node++) {
      for (let i = 0; i < MULTICASTS; i++) {
        const payload = Uint8Array.of(node, i, ...prng.bytes(prng.below(40)))
        this.multicastAt(prng.between(FIRST_MS, LAST_MS), node, payload)
      }
    }
    return this
  }

  multicastAt(time: number, node: number, payload: Bytes): void {
    this.simulation.at(time, () => this.simulation.multicast(node, payload))
  }

  askAt(time: number, node: number, down: Down): void {
    this.simulation.at(time, () => this.simulation.ask(node, down))
  }

  /** Runs to rest and fails unless everything promised was kept. */
  conclude(more: readonly Checker[] = []): void {
    this.rest()
    if (this.#oracular && !this.oracle.sound) return // too many failed for one of the views: nothing is promised
    const checkers = [...checkersFor(this.#subject.guarantees), validity2, ...more]
    this.expectNone(judge(this.history(), [...new Set(checkers)]))
  }

  /** Runs until nothing happens any more. */
  rest(): void {
    const { settleMs = 20_000 } = this.#subject
    const quiet = this.simulation.runQuiet(settleMs * DEADLINE_FACTOR, settleMs)
    expectThat(quiet, `the run did not come to rest within ${settleMs * DEADLINE_FACTOR} virtual milliseconds`)
  }

  /** What the judges need. */
  history(): History {
    return { accounts: this.simulation.accounts(TOP), views: this.#views(), ended: true }
  }

  expectNone(violations: readonly Violation[]): void {
    const [first] = violations
    if (first === undefined) return
    throw new Error(`${first.property} does not hold: ${first.sentence} (and ${violations.length - 1} more)`)
  }

  /** What each node handed up, as texts: for comparing two runs. */
  delivered(): readonly (readonly string[])[] {
    return this.simulation.nodes.map(({ log }) =>
      log.flatMap(({ event }) => {
        if (event.type === 'view') return [`view ${event.view.id}`]
        return event.type === 'deliver' ? [`${event.view}/${event.sender}/${event.seq}/${event.payload.join()}`] : []
      }),
    )
  }

  #noticing(membership: Layer): Layer {
    return stack({
      step: (input, now) => {
        if (input.type === 'start') this.#oracular = true
        return membership.step(input, now)
      },
    })
  }

  /** The views that were generated; of a membership of its own, what the honest processes say together. */
  #views(): readonly View[] {
    if (this.#oracular) return this.oracle.views
    const views = new Map<number, View>([[this.simulation.genesis.id, this.simulation.genesis]])
    for (const { obedient, log } of this.simulation.nodes) {
      if (!obedient) continue
      for (const { event } of log)
        if (event.type === 'view' && !views.has(event.view.id)) views.set(event.view.id, event.view)
    }
    return [...views.values()].sort((a, b) => a.id - b.id)
  }
}

/** Agreement on everything, for runs in which nobody fails: holds whatever the guarantees. */
export const FAULTLESS: readonly Checker[] = [agreement]
