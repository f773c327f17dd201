import type { Bytes } from '@testudo/core'
import { type Delay, heavyTail, type Network, type NetworkOptions, type NetworkPorts, Reach } from './network.js'

/** The connection of one pair of nodes, both directions. */
interface Pair {
  readonly a: number
  readonly b: number
  up: boolean
  /** Counts the connections of this pair: what is under way on an earlier one is lost when it breaks. */
  generation: number
  /** `breaking`: when the last message in each direction arrives, so that none overtakes. */
  readonly lastArrival: [number, number]
}

/** Connections that break, and either datagrams (`lossy`) or ordered frames (`breaking`) on them. */
export class LossyNetwork implements Network {
  readonly #ports: NetworkPorts
  readonly #options: NetworkOptions
  readonly #delay: Delay
  readonly #ordered: boolean
  readonly #reach = new Reach()
  readonly #pairs = new Map<number, Pair>()
  readonly #crashed = new Set<number>()
  #underWay = 0

  constructor(ports: NetworkPorts, options: NetworkOptions) {
    this.#ports = ports
    this.#options = options
    this.#delay = options.delay ?? heavyTail(1, 10)
    this.#ordered = options.mode === 'breaking'
    for (let a = 0; a < ports.nodes; a++) {
      for (let b = a + 1; b < ports.nodes; b++) {
        this.#pairs.set(a * ports.nodes + b, { a, b, up: false, generation: 0, lastArrival: [0, 0] })
      }
    }
  }

  get underWay(): number {
    return this.#underWay
  }

  start(): void {
    for (const pair of this.#pairs.values()) {
      this.#connect(pair)
      this.#breakSometime(pair)
    }
  }

  send(from: number, to: number, bytes: Bytes): void {
    const pair = this.#pairOf(from, to)
    const { prng } = this.#ports
    if (!pair.up || !this.#reach.has(from, to)) return
    if (this.#ordered) return this.#dispatch(pair, from, to, bytes)
    if (!prng.chance(this.#options.loss ?? 0.1)) this.#dispatch(pair, from, to, bytes)
    if (prng.chance(this.#options.duplication ?? 0.05)) this.#dispatch(pair, from, to, bytes)
  }

  partition(groups: readonly (readonly number[])[]): void {
    this.#reach.partition(groups)
    if (!this.#ordered) return
    for (const pair of this.#pairs.values()) {
      if (this.#reach.has(pair.a, pair.b)) this.#connect(pair)
      else this.#disconnect(pair)
    }
  }

  heal(): void {
    this.#reach.heal()
    for (const pair of this.#pairs.values()) this.#connect(pair)
  }

  crash(node: number): void {
    this.#crashed.add(node)
    for (const pair of this.#pairs.values()) if (pair.a === node || pair.b === node) this.#disconnect(pair)
  }

  #pairOf(from: number, to: number): Pair {
    return this.#pairs.get(Math.min(from, to) * this.#ports.nodes + Math.max(from, to)) as Pair
  }

  #dispatch(pair: Pair, from: number, to: number, bytes: Bytes): void {
    const generation = pair.generation
    let time = this.#ports.now() + this.#delay(this.#ports.prng, from, to)
    if (this.#ordered) {
      const direction = from < to ? 0 : 1
      time = Math.max(time, pair.lastArrival[direction])
      pair.lastArrival[direction] = time
    }
    this.#underWay++
    this.#ports.at(time, () => {
      this.#underWay--
      if (generation === pair.generation && this.#reach.has(from, to)) this.#ports.deliver(from, to, bytes)
    })
  }

  #connect(pair: Pair): void {
    if (pair.up || this.#crashed.has(pair.a) || this.#crashed.has(pair.b) || !this.#reach.has(pair.a, pair.b)) return
    pair.up = true
    this.#ports.connection(pair.a, pair.b, 'connect')
    this.#ports.connection(pair.b, pair.a, 'connect')
  }

  #disconnect(pair: Pair): void {
    if (!pair.up) return
    pair.up = false
    pair.generation++
    this.#ports.connection(pair.a, pair.b, 'disconnect')
    this.#ports.connection(pair.b, pair.a, 'disconnect')
  }

  #breakSometime(pair: Pair): void {
    const { prng } = this.#ports
    const { breakEveryMs, breakForMsMax = 100, breakUntilMs = Number.POSITIVE_INFINITY } = this.#options
    if (breakEveryMs === undefined) return
    const time = this.#ports.now() + prng.between(0, 2 * breakEveryMs)
    if (time > breakUntilMs) return
    this.#ports.at(time, () => {
      this.#disconnect(pair)
      this.#ports.at(this.#ports.now() + prng.between(0, breakForMsMax), () => this.#connect(pair))
      this.#breakSometime(pair)
    })
  }
}
