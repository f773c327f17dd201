import type { Bytes } from '@testudo/core'
import { type Delay, heavyTail, type Network, type NetworkOptions, type NetworkPorts, Reach } from './network.js'

/** One direction between two nodes. */
interface Channel {
  readonly from: number
  readonly to: number
  readonly queue: Bytes[]
  /** Arrivals that fell into a partition: as many messages wait at the head of the queue for the healing. */
  held: number
}

/**
 * Reliable FIFO channels with random delays. An arrival hands over whatever is at the head of its channel, so order
 * holds by construction, also for what a partition held back.
 */
export class FifoNetwork implements Network {
  readonly #ports: NetworkPorts
  readonly #delay: Delay
  readonly #reach = new Reach()
  readonly #channels: readonly Channel[]
  #underWay = 0

  constructor(ports: NetworkPorts, options: NetworkOptions) {
    this.#ports = ports
    this.#delay = options.delay ?? heavyTail(1, 10)
    const channels: Channel[] = []
    for (let from = 0; from < ports.nodes; from++) {
      for (let to = 0; to < ports.nodes; to++) channels.push({ from, to, queue: [], held: 0 })
    }
    this.#channels = channels
  }

  get underWay(): number {
    return this.#underWay
  }

  start(): void {
    for (const { from, to } of this.#channels) if (from !== to) this.#ports.connection(from, to, 'connect')
  }

  send(from: number, to: number, bytes: Bytes): void {
    const channel = this.#channels[from * this.#ports.nodes + to] as Channel
    channel.queue.push(bytes)
    this.#underWay++
    this.#schedule(channel)
  }

  partition(groups: readonly (readonly number[])[]): void {
    this.#reach.partition(groups)
    this.#release()
  }

  heal(): void {
    this.#reach.heal()
    this.#release()
  }

  crash(node: number): void {
    for (const channel of this.#channels) {
      if (channel.from !== node || channel.queue.length === 0) continue
      const kept = this.#ports.prng.below(channel.queue.length + 1)
      this.#underWay -= channel.queue.length - kept
      channel.queue.length = kept
      channel.held = Math.min(channel.held, kept)
    }
  }

  #schedule(channel: Channel): void {
    const { prng } = this.#ports
    this.#ports.at(this.#ports.now() + this.#delay(prng, channel.from, channel.to), () => this.#arrive(channel))
  }

  #arrive(channel: Channel): void {
    if (channel.queue.length === channel.held) return // a crash took the message that this arrival was for
    if (!this.#reach.has(channel.from, channel.to)) {
      channel.held++
      return
    }
    const bytes = channel.queue.shift() as Bytes
    this.#underWay--
    this.#ports.deliver(channel.from, channel.to, bytes)
  }

  /** Gives what was held back a new delay, where the way is free again. */
  #release(): void {
    for (const channel of this.#channels) {
      if (!this.#reach.has(channel.from, channel.to)) continue
      const held = channel.held
      channel.held = 0
      for (let i = 0; i < held; i++) this.#schedule(channel)
    }
  }
}
