import type { ProcessId } from '@testudo/core'
import { LIES } from '../liars/liars.js'
import type { DemoReport, ShownFault } from './demo.js'

/** The report as lines for people. */
export function reportLines(report: DemoReport, lie: string | undefined): readonly string[] {
  const lines: string[] = []
  const honest = report.members - (lie === undefined ? 0 : 1)
  if (lie !== undefined && report.liar !== undefined) {
    lines.push(`liar          ${short(report.liar)} ${LIES[lie]?.does ?? lie}`)
  }
  lines.push(
    report.equal
      ? `logs          the logs of all ${honest} honest members are equal, byte for byte, and complete`
      : `logs          NOT EQUAL: ${report.difference ?? 'unknown'}`,
    `delivered     ${report.delivered.toLocaleString('en')} lines at every honest member`,
    `throughput    ${report.messagesPerSecond.toLocaleString('en')} lines a second at the slowest member`,
    `latency       ${report.p50Ms} ms in the middle (p50), ${report.p99Ms} ms for the slowest hundredth (p99)`,
  )
  if (report.faults.length === 0) lines.push('faults        none seen')
  for (const fault of report.faults) lines.push(`fault         ${describe(fault)}`)
  return lines
}

function describe({ culprit, code, seenBy, evidence }: ShownFault): string {
  const seen = `${short(culprit)} ${code}, seen by member${seenBy.length === 1 ? '' : 's'} ${seenBy.join(', ')}`
  if (evidence === null) return `${seen}; no evidence: only who was there can know`
  const bytes = evidence.parts.reduce((sum, part) => sum + part.length / 2, 0)
  const verdict = evidence.convinces ? 'it convicts before anybody who knows the group' : 'IT DOES NOT CONVICT'
  return `${seen}; evidence: ${evidence.kind}, ${bytes} bytes, ${verdict}`
}

function short(id: ProcessId): string {
  return `${id.slice(0, 8)}…`
}

/** The report as one object for machines. */
export function reportJson(report: DemoReport): string {
  const { equal, members, delivered, messagesPerSecond, p50Ms, p99Ms } = report
  const faults = report.faults.map(({ culprit, code, seenBy, evidence }) => ({ culprit, code, evidence, seenBy }))
  return JSON.stringify({ equal, members, delivered, messagesPerSecond, p50Ms, p99Ms, faults })
}
