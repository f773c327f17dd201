import type { Bytes, ProcessId } from '@testudo/core'
import type { TaskContext } from '../cluster/member.js'
import { END, LINE } from './frames.js'
import { LogFile } from './log-file.js'
import type { DemoConfig, DemoNews, DemoResult } from './types.js'

/** How often the parent hears how far it is, in milliseconds. */
const NEWS_MS = 100
/** Of how many lines the latency is measured at most. */
const LATENCIES_MAX = 10_000

/**
 * Writes what is delivered to the log until all honest members have said that they have no more. That is at the same
 * place of the one order at every member, so honest logs end alike, whatever a liar still sends.
 */
export class DemoLog {
  readonly #context: TaskContext<DemoConfig, DemoNews>
  readonly #file: LogFile
  /** Honest members that may have more lines. */
  readonly #missing: Set<ProcessId>
  /** Every so many of our lines the latency is measured: spread over all, as the first ones find an idle group. */
  readonly #stride: number
  /** When the measured ones went. */
  readonly #sentAt: number[] = []
  readonly #latencies: number[] = []
  #sent = 0
  /** Own lines that came back: they do so in the order in which they went. */
  #returned = 0
  #begun = 0
  #reported = 0

  constructor(context: TaskContext<DemoConfig, DemoNews>, ownLines: number) {
    this.#context = context
    this.#file = new LogFile(context.config.log, context.members)
    this.#missing = new Set(context.config.honest)
    this.#stride = Math.max(1, Math.ceil(ownLines / LATENCIES_MAX))
  }

  /** From now on time is measured. */
  begin(): void {
    this.#begun = performance.now()
  }

  /** The next line of ours goes now. */
  sent(): void {
    if (this.#sent++ % this.#stride === 0) this.#sentAt.push(performance.now())
  }

  /** Takes all events; resolves at the end of the log, and goes on behind it, as faults may still come. */
  follow(): Promise<DemoResult> {
    return new Promise((resolve, reject) => {
      this.#followTo(resolve).catch(reject)
    })
  }

  async #followTo(finish: (result: DemoResult) => void): Promise<void> {
    const { group, report } = this.#context
    for await (const event of group.events()) {
      if (event.type === 'fault') report({ type: 'fault', fault: event.fault })
      if (event.type !== 'deliver' || this.#missing.size === 0) continue
      this.#delivered(event.sender, event.payload)
      if (this.#missing.size === 0) finish(this.#result())
    }
  }

  #delivered(sender: ProcessId, payload: Bytes): void {
    const now = performance.now()
    if (payload[0] === LINE) this.#line(sender, payload.subarray(1), now)
    if (payload[0] === END) this.#missing.delete(sender)
    if (this.#missing.size > 0 && now - this.#reported < NEWS_MS) return
    this.#reported = now
    this.#context.report({ type: 'delivered', lines: this.#file.lines })
  }

  #line(sender: ProcessId, line: Bytes, now: number): void {
    this.#file.write(sender, line)
    if (sender !== this.#context.group.self) return
    const measured = this.#returned % this.#stride === 0 ? this.#sentAt[this.#returned / this.#stride] : undefined
    this.#returned++
    if (measured !== undefined) this.#latencies.push(now - measured)
  }

  #result(): DemoResult {
    const elapsedMs = performance.now() - this.#begun
    this.#file.close()
    return { delivered: this.#file.lines, elapsedMs, latenciesMs: this.#latencies }
  }
}
