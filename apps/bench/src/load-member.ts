import { setTimeout as pause } from 'node:timers/promises'
import { serveMember, type TaskContext } from '@testudo/node'
import { rampart } from '@testudo/rampart'
import { countedIdentity, countedTransport, countsNow, difference } from './counts.js'
import type { Load, LoadNews, Measured } from './load.js'

/** Of how many messages the latency is kept at most, spread over the time that is measured. */
const LATENCIES_MAX = 100_000

/** More than the runtime ever lets be under way. */
const UNDER_WAY_MAX = 65_536

serveMember<Load, LoadNews, Measured>({
  protocol: ({ packing }) => rampart({ packing }),
  watchIdentity: countedIdentity,
  watchTransport: countedTransport,
  run: (context) => new LoadMember(context).run(),
})

class LoadMember {
  readonly #context: TaskContext<Load, LoadNews>
  /** When our messages went that have not come back: a ring, oldest at `#oldest`. */
  readonly #sentAt = new Float64Array(UNDER_WAY_MAX)
  #newest = 0
  #oldest = 0
  #latencies: number[] = []
  #measuring = false
  #delivered = 0
  #faults = 0

  constructor(context: TaskContext<Load, LoadNews>) {
    this.#context = context
  }

  async run(): Promise<Measured> {
    const { config, members, group } = this.#context
    void this.#follow()
    const sends = config.senders === 'all' || group.self === members.at(-1)
    if (sends) {
      this.#sent(performance.now())
      await group.multicast(new Uint8Array(config.payloadBytes), { until: 'ordered' })
      void (config.rate === undefined ? this.#flood() : this.#drip(config.rate))
    }
    const news = setInterval(() => this.#tell(), 1000)
    await pause(config.warmupMs)
    const before = { counts: countsNow(), delivered: this.#delivered, at: performance.now() }
    this.#measuring = true
    await pause(config.measureMs)
    this.#measuring = false
    clearInterval(news)
    return {
      delivered: this.#delivered - before.delivered,
      elapsedMs: performance.now() - before.at,
      latenciesMs: this.#latencies,
      counts: difference(before.counts, countsNow()),
      rssBytes: process.memoryUsage.rss(),
    }
  }

  async #follow(): Promise<void> {
    const { group } = this.#context
    for await (const event of group.events()) {
      if (event.type === 'fault') this.#faults++
      if (event.type !== 'deliver') continue
      this.#delivered++
      if (event.sender === group.self) this.#returned()
    }
  }

  #returned(): void {
    const sent = this.#sentAt[this.#oldest++ % UNDER_WAY_MAX] as number
    if (this.#measuring && this.#latencies.length < LATENCIES_MAX) this.#latencies.push(performance.now() - sent)
  }

  #sent(at: number): void {
    this.#sentAt[this.#newest++ % UNDER_WAY_MAX] = at
  }

  /** As many as the group takes. */
  async #flood(): Promise<void> {
    const { group, config } = this.#context
    for (;;) {
      const now = performance.now()
      let room = true
      for (let i = 0; i < 100 && room; i++) {
        room = group.tryMulticast(new Uint8Array(config.payloadBytes))
        if (room) this.#sent(now)
      }
      if (!room) await group.writable()
      else await pause(0) // others in this process want a turn too
    }
  }

  async #drip(rate: number): Promise<void> {
    const { group, config } = this.#context
    for (;;) {
      this.#sent(performance.now())
      await group.multicast(new Uint8Array(config.payloadBytes))
      // Before it is measured twenty times as fast, so that the code is compiled when it counts.
      await pause(1000 / (this.#measuring ? rate : 20 * rate))
    }
  }

  #tell(): void {
    this.#context.report({ rssBytes: process.memoryUsage.rss(), delivered: this.#delivered, faults: this.#faults })
  }
}
