import type { ProcessId } from '@testudo/core'
import type { ShownFault } from './fault-book.js'
import type { Verdict } from './logs.js'
import type { DemoResult } from './types.js'

/** What was measured at the honest members. */
export interface Figures {
  /** Lines in each log. */
  readonly delivered: number
  /** At the member that took longest; below ten to a tenth. */
  readonly messagesPerSecond: number
  /** From multicast to the sender's own delivery: the median, and what the slowest hundredth exceeds. */
  readonly p50Ms: number
  readonly p99Ms: number
}

/** What the demo found. */
export interface DemoReport extends Verdict, Figures {
  /** By rank. */
  readonly members: readonly ProcessId[]
  /** Its rank. */
  readonly liar: number | undefined
  readonly faults: readonly ShownFault[]
}

/** The figures of a run from what its honest members measured. */
export function figures(results: readonly DemoResult[]): Figures {
  const delivered = Math.min(...results.map((result) => result.delivered))
  const slowestMs = Math.max(...results.map(({ elapsedMs }) => elapsedMs))
  const perSecond = slowestMs > 0 ? (delivered * 1000) / slowestMs : 0
  const latencies = results.flatMap(({ latenciesMs }) => latenciesMs).sort((a, b) => a - b)
  return {
    delivered,
    messagesPerSecond: perSecond < 10 ? Math.round(perSecond * 10) / 10 : Math.round(perSecond),
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  }
}

/** To the microsecond; 0 if there are none. */
function quantile(ascending: readonly number[], share: number): number {
  const at = Math.min(ascending.length - 1, Math.floor(ascending.length * share))
  return Math.round((ascending[at] ?? 0) * 1000) / 1000
}
