import { Cluster, unlessStopped } from '@testudo/node'
import { type Counts, sum } from './counts.js'
import { limitPerSecond } from './limit.js'
import type { Load, LoadNews, Measured } from './load.js'
import type { Machine } from './primitives.js'

/** A row of the report. */
export interface Row {
  readonly scenario: string
  readonly protocol: string
  readonly members: number
  readonly payloadBytes: number
  readonly senders: number
  readonly packing: boolean
  readonly messagesPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** CPU time of all processes for one ordered message. */
  readonly cpuMicrosPerMessage: number
  readonly percentOfLimit: number
  /** What all processes together spent on one ordered message. */
  readonly perMessage: {
    readonly signs: number
    readonly verifies: number
    readonly frames: number
    readonly bytes: number
  }
  readonly faults: number
  /** Resident memory of the largest process at the end, in MiB. */
  readonly rssMiB: number
}

/** What a run of one load needs besides the load. */
export interface RunOptions {
  readonly machine: Machine
  /** Stops it: kills the members, and rejects with the signal's reason when they are gone. */
  readonly signal: AbortSignal
  readonly onNews?: (rank: number, news: LoadNews) => void
}

/** Runs one load on a fresh cluster. */
export async function runLoad(scenario: string, load: Load, options: RunOptions): Promise<Row> {
  const { machine, signal, onNews } = options
  let faults = 0
  const cluster = new Cluster<Load, LoadNews, Measured>({
    entry: new URL('load-member.js', import.meta.url),
    members: load.members,
    config: () => load,
    execArgv: profiling(),
    onNews: (rank, news) => {
      faults = Math.max(faults, news.faults)
      onNews?.(rank, news)
    },
  })
  try {
    return await unlessStopped(signal, async () => {
      await cluster.start()
      const measured = await Promise.all(cluster.ids.map((_, rank) => cluster.result(rank)))
      return { ...rowOf(scenario, load, machine, measured), faults }
    })
  } finally {
    if (signal.aborted) cluster.kill()
    await cluster.end()
  }
}

/** With TESTUDO_PROFILE=FOLDER every member writes a CPU profile there. */
function profiling(): readonly string[] {
  const folder = process.env['TESTUDO_PROFILE']
  return folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`]
}

function rowOf(scenario: string, load: Load, machine: Machine, measured: readonly Measured[]): Omit<Row, 'faults'> {
  const slowest = Math.min(...measured.map(({ delivered, elapsedMs }) => (delivered * 1000) / elapsedMs))
  const messages = measured.reduce((total, { delivered }) => total + delivered, 0) / measured.length
  const counts: Counts = sum(measured.map((member) => member.counts))
  const latencies = measured.flatMap(({ latenciesMs }) => latenciesMs).sort((a, b) => a - b)
  return {
    scenario,
    protocol: 'rampart',
    members: load.members,
    payloadBytes: load.payloadBytes,
    senders: load.senders === 'all' ? load.members : 1,
    packing: load.packing,
    messagesPerSecond: Math.round(slowest),
    p50Ms: rounded(quantile(latencies, 0.5)),
    p99Ms: rounded(quantile(latencies, 0.99)),
    cpuMicrosPerMessage: rounded(counts.cpuMicros / messages),
    percentOfLimit: rounded((100 * slowest) / limitPerSecond(machine, load.members, counts, messages)),
    perMessage: {
      signs: rounded(counts.signs / messages),
      verifies: rounded(counts.verifies / messages),
      frames: rounded(counts.frames / messages),
      bytes: rounded(counts.frameBytes / messages),
    },
    rssMiB: Math.round(Math.max(...measured.map(({ rssBytes }) => rssBytes)) / 2 ** 20),
  }
}

function quantile(ascending: readonly number[], share: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? 0
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}
