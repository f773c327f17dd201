import type { Bytes } from '@testudo/core'
import type { Prng } from './prng.js'

/** How long a message from one node to another is under way, in milliseconds. Drawn for each message. */
export type Delay = (prng: Prng, from: number, to: number) => number

/** The network between the nodes. Everything random in it comes from the seed. */
export interface NetworkOptions {
  /**
   * `fifo` (default): reliable FIFO channels with random delay, as [R94] 2 assumes; a partition holds messages back.
   * `breaking`: connections that deliver in order and break at random, losing a tail of what was under way; both ends
   * hear `disconnect` and later `connect`; a partition breaks them. `lossy`: every message for itself, delayed, lost,
   * duplicated and overtaken; a partition loses.
   */
  readonly mode?: 'fifo' | 'breaking' | 'lossy'
  /** Default: `heavyTail(1, 10)`. */
  readonly delay?: Delay
  /** `lossy`: the share of messages that is lost. Default 0.1. */
  readonly loss?: number
  /** `lossy`: the share of messages that arrives twice. Default 0.05. */
  readonly duplication?: number
  /** `lossy` and `breaking`: the mean time between two breaks of one pair's connection. Default: never. */
  readonly breakEveryMs?: number
  /** How long a broken connection stays so, at most. Default 100. */
  readonly breakForMsMax?: number
  /** No connection breaks by itself after this time, so that a run can end healed. Default: never ends. */
  readonly breakUntilMs?: number
}

/** What a network needs of the simulation. */
export interface NetworkPorts {
  readonly nodes: number
  readonly prng: Prng
  now(): number
  at(time: number, run: () => void): void
  deliver(from: number, to: number, bytes: Bytes): void
  connection(node: number, peer: number, type: 'connect' | 'disconnect'): void
}

/** Moves messages between nodes. */
export interface Network {
  /** Messages on their way or held back. */
  readonly underWay: number
  /** Called once, after the nodes heard `start`: tells them who they are connected with. */
  start(): void
  send(from: number, to: number, bytes: Bytes): void
  /** Nodes in different groups cannot reach each other; a node in no group reaches nobody. */
  partition(groups: readonly (readonly number[])[]): void
  heal(): void
  /** The process is gone: a random tail of what it had sent to each peer never arrives. */
  crash(node: number): void
}

/** Uniform between the two. */
export function uniform(minMs: number, maxMs: number): Delay {
  return (prng) => prng.between(minMs, maxMs)
}

/** Mostly uniform between the two, one message in twenty up to twenty times slower. */
export function heavyTail(minMs: number, maxMs: number): Delay {
  return (prng) => prng.between(minMs, maxMs) * (prng.chance(0.05) ? prng.between(1, 20) : 1)
}

/** Some directed channels, a fixed share of them drawn once, are slower by the factor than `delay` says. */
export function slowChannels(delay: Delay, share: number, factor: number): Delay {
  const factors = new Map<string, number>()
  return (prng, from, to) => {
    const channel = `${from}>${to}`
    let slow = factors.get(channel)
    if (slow === undefined) {
      slow = prng.chance(share) ? factor : 1
      factors.set(channel, slow)
    }
    return delay(prng, from, to) * slow
  }
}

/** Who reaches whom. */
export class Reach {
  /** The group of each node; undefined while there is no partition. */
  #groups: ReadonlyMap<number, number> | undefined

  partition(groups: readonly (readonly number[])[]): void {
    this.#groups = new Map(groups.flatMap((group, index) => group.map((node) => [node, index] as const)))
  }

  heal(): void {
    this.#groups = undefined
  }

  /** Whether messages from one node get to the other. */
  has(from: number, to: number): boolean {
    if (this.#groups === undefined) return true
    const group = this.#groups.get(from)
    return group !== undefined && group === this.#groups.get(to)
  }
}
