import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Bytes, type Fault, type ProcessId } from '@testudo/core'
import { createIdentity } from '@testudo/crypto'
import { convicts } from '@testudo/echo-multicast'
import { genesisView } from '@testudo/runtime'
import { Cluster } from '../cluster/cluster.js'
import { GROUP_NAME } from '../cluster/wire.js'
import { LIES } from '../liars/liars.js'
import { compareLogs } from './compare.js'
import { shareOf } from './lines.js'
import type { DemoConfig, DemoNews, DemoResult } from './types.js'

/** How long the demo goes on with no line delivered anywhere before it gives up. */
const STALLED_MS = 30_000
/** How long it waits, when all is delivered, for a fault of a liar who can be noticed: a mute one takes three seconds. */
const NOTICE_MS = 8_000

export interface DemoOptions {
  readonly members: number
  readonly file: string
  /** Its lines. */
  readonly lines: readonly Bytes[]
  readonly liar: string | undefined
  readonly uniform: boolean
  /** Called with the share that is done, from 0 to 1. */
  readonly onProgress: (share: number) => void
  /** Called with the running cluster, so that it can be stopped from outside. */
  readonly onCluster: (cluster: { kill(): void }) => void
}

/** A fault as the demo shows it: `convinces` says whether its evidence convicts before somebody who was not there. */
export interface ShownFault {
  readonly culprit: ProcessId
  readonly code: string
  readonly seenBy: readonly number[]
  readonly evidence: { readonly kind: string; readonly parts: readonly string[]; readonly convinces: boolean } | null
}

export interface DemoReport {
  readonly equal: boolean
  readonly difference: string | undefined
  readonly members: number
  readonly liar: ProcessId | undefined
  readonly delivered: number
  readonly messagesPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly faults: readonly ShownFault[]
}

/** Runs the demo; resolves when no process of it is left. Rejects when a member failed or nothing moves any more. */
export async function runDemo(options: DemoOptions): Promise<DemoReport> {
  const folder = mkdtempSync(join(tmpdir(), 'testudo-demo-'))
  const run = new DemoRun(options, folder)
  try {
    return await run.report()
  } finally {
    await run.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

class DemoRun {
  readonly #options: DemoOptions
  readonly #folder: string
  readonly #cluster: Cluster<DemoConfig, DemoNews, DemoResult>
  /** The rank of the liar: the last, so that it is not the sequencer, without whom a fixed view has no order. */
  readonly #liar: number | undefined
  readonly #honest: readonly number[]
  /** Lines delivered so far, by rank. */
  readonly #delivered: number[]
  readonly #faults = new Map<string, { readonly fault: Fault; readonly seenBy: Set<number> }>()
  #movedAt = performance.now()
  #noticed: () => void = () => {}

  constructor(options: DemoOptions, folder: string) {
    this.#options = options
    this.#folder = folder
    this.#liar = options.liar === undefined ? undefined : options.members - 1
    const ranks = Array.from({ length: options.members }, (_, rank) => rank)
    this.#honest = ranks.filter((rank) => rank !== this.#liar)
    this.#delivered = ranks.map(() => 0)
    this.#cluster = new Cluster({
      entry: new URL('member.js', import.meta.url),
      members: options.members,
      config: (rank, members) => this.#config(rank, members),
      onNews: (rank, news) => this.#heard(rank, news),
    })
    options.onCluster(this.#cluster)
  }

  async report(): Promise<DemoReport> {
    await this.#cluster.start()
    const results = await this.#untilStalled(Promise.all(this.#honest.map((rank) => this.#cluster.result(rank))))
    await this.#untilNoticed()
    const { equal, difference } = compareLogs(this.#honest.map((rank) => this.#log(rank)))
    const delivered = Math.min(...results.map((result) => result.delivered))
    const complete = delivered >= this.#expected()
    const slowest = Math.max(...results.map(({ elapsedMs }) => elapsedMs))
    const latencies = results.flatMap(({ latenciesMs }) => latenciesMs).sort((a, b) => a - b)
    return {
      equal: equal && complete,
      difference:
        difference ?? (complete ? undefined : `only ${delivered} of ${this.#expected()} lines were delivered`),
      members: this.#options.members,
      liar: this.#liar === undefined ? undefined : this.#cluster.ids[this.#liar],
      delivered,
      messagesPerSecond: Math.round((delivered * 1000) / slowest),
      p50Ms: quantile(latencies, 0.5),
      p99Ms: quantile(latencies, 0.99),
      faults: this.#shownFaults(),
    }
  }

  end(): Promise<void> {
    return this.#cluster.end()
  }

  #config(rank: number, members: readonly ProcessId[]): DemoConfig {
    return {
      file: this.#options.file,
      log: this.#log(rank),
      lie: rank === this.#liar ? this.#options.liar : undefined,
      honest: this.#honest.map((honest) => members[honest] as ProcessId),
      uniform: this.#options.uniform,
    }
  }

  #log(rank: number): string {
    return join(this.#folder, `member-${rank}.log`)
  }

  /** The lines that honest members multicast: a liar's may be delivered or not. */
  #expected(): number {
    const shares = this.#honest.map((rank) => shareOf(this.#options.lines, rank, this.#options.members).length)
    return shares.reduce((sum, lines) => sum + lines, 0)
  }

  #heard(rank: number, news: DemoNews): void {
    if (rank === this.#liar) return // whatever it says
    if (news.type === 'delivered') {
      this.#movedAt = performance.now()
      this.#delivered[rank] = news.lines
      const slowest = Math.min(...this.#honest.map((honest) => this.#delivered[honest] ?? 0))
      this.#options.onProgress(this.#expected() === 0 ? 1 : Math.min(1, slowest / this.#expected()))
      return
    }
    const key = `${news.fault.culprit} ${news.fault.code}`
    const known = this.#faults.get(key) ?? { fault: news.fault, seenBy: new Set() }
    known.seenBy.add(rank)
    // The same fault may come with evidence from one and without from another.
    const fault = known.fault.evidence === undefined ? news.fault : known.fault
    this.#faults.set(key, { fault, seenBy: known.seenBy })
    this.#noticed()
  }

  async #untilStalled<T>(results: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const stalled = new Promise<never>((_, reject) => {
      timer = setInterval(() => {
        if (performance.now() - this.#movedAt < STALLED_MS) return
        reject(
          new Error(`no line was delivered for ${STALLED_MS / 1000} s: ${this.#delivered.join(', ')} lines so far`),
        )
      }, 500)
    })
    try {
      return await Promise.race([results, stalled])
    } finally {
      clearInterval(timer)
    }
  }

  /** Waits until a liar that can be noticed was, for a while. */
  async #untilNoticed(): Promise<void> {
    if (this.#liar === undefined || LIES[this.#options.liar ?? '']?.noticeable !== true || this.#faults.size > 0) return
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      this.#noticed = resolve
      timer = setTimeout(resolve, NOTICE_MS)
    })
    clearTimeout(timer)
  }

  #shownFaults(): readonly ShownFault[] {
    const { suite } = createIdentity()
    const view = genesisView({ groupName: GROUP_NAME, members: this.#cluster.ids, hasher: suite })
    return [...this.#faults.values()].map(({ fault, seenBy }) => {
      const ports = { verifier: suite, hasher: suite }
      const evidence =
        fault.evidence === undefined
          ? null
          : {
              kind: fault.evidence.kind,
              parts: fault.evidence.parts.map((part) => Buffer.from(part).toString('hex')),
              convinces: convicts(view, fault.culprit, fault.evidence, ports),
            }
      return { culprit: fault.culprit, code: fault.code, seenBy: [...seenBy].sort((a, b) => a - b), evidence }
    })
  }
}

function quantile(ascending: readonly number[], share: number): number {
  const at = Math.min(ascending.length - 1, Math.floor(ascending.length * share))
  return Math.round((ascending[at] ?? 0) * 1000) / 1000
}
