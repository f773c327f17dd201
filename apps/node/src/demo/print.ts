import type { ProcessId } from '@testudo/core'
import { LIES } from '../liars/liars.js'
import type { StartedMember } from './demo.js'
import type { ShownFault } from './fault-book.js'
import type { DemoReport } from './report.js'

/** What is going to happen. */
export function titleLines(plan: {
  readonly members: number
  readonly lines: number
  readonly file: string
  readonly lie: string | undefined
}): readonly string[] {
  const { members, lines, file, lie } = plan
  const processes = members === 1 ? 'One process puts' : `${members} processes, each with a key of its own, put`
  const title = `${processes} the ${counted(lines, 'line')} of ${file} into one order.`
  return lie === undefined ? [title] : [title, `One of them lies: it ${LIES[lie]?.does ?? lie}.`]
}

/** Who takes part. */
export function memberLines(members: readonly StartedMember[], lie: string | undefined): readonly string[] {
  const rows = members.map(({ rank, id, pid, lies }) => [
    String(rank),
    short(id),
    String(pid ?? '?'),
    lies ? `lies: ${lie}` : rank === 0 ? 'proposes the order' : '',
  ])
  return ['', ...table(['member', 'key', 'process', ''], rows)]
}

/** What was found. */
export function reportLines(report: DemoReport): readonly string[] {
  const { logs, equal, difference, messagesPerSecond, p50Ms, p99Ms, liar } = report
  const rows = logs.map(({ rank, lines, sha256 }) => [String(rank), number(lines), `${sha256.slice(0, 32)}…`])
  const honest = liar === undefined ? 'logs' : 'honest logs'
  const verdict = equal
    ? [
        `EQUAL: the ${logs.length} ${honest} are the same to the byte and complete:`,
        'every line of an honest member is there once, in the order in which it was sent.',
      ]
    : [`NOT EQUAL: ${difference ?? 'for an unknown reason'}.`]
  return [
    '',
    ...table(['member', 'lines', 'SHA-256 of its log'], rows),
    '',
    ...verdict,
    '',
    `throughput  ${number(messagesPerSecond)} lines a second, at the slowest member`,
    `latency     ${ms(p50Ms)} for half of the lines, ${ms(p99Ms)} for 99 of 100, with all members sending at once`,
    ...faultLines(report),
  ]
}

function faultLines({ faults, members }: DemoReport): readonly string[] {
  if (faults.length === 0) return ['faults      none seen']
  return faults.flatMap((fault, index) => {
    const [first = '', ...more] = describe(fault, members.indexOf(fault.culprit))
    return [`${index === 0 ? 'faults' : '      '}      ${first}`, ...more.map((line) => `            ${line}`)]
  })
}

function describe({ culprit, code, seenBy, evidence }: ShownFault, rank: number): readonly string[] {
  const words = WORDS[code]
  const seen = `seen by member${seenBy.length === 1 ? '' : 's'} ${seenBy.join(', ')}`
  return [
    `member ${rank} (${short(culprit)}): ${code}${words === undefined ? '' : ` (${words})`}`,
    `${seen}; ${proof(evidence)}`,
  ]
}

function proof(evidence: ShownFault['evidence']): string {
  if (evidence === null) return 'no evidence that would convince others'
  const bytes = evidence.parts.reduce((sum, part) => sum + part.length / 2, 0)
  const verdict = evidence.convinces ? 'convinces everybody who knows the keys' : 'DOES NOT CONVINCE'
  return `evidence: ${evidence.kind}, ${bytes} bytes, ${verdict}`
}

/** The codes that a demo can show, in words. */
const WORDS: Readonly<Record<string, string>> = {
  equivocation: 'signed two different messages as one and the same',
  'malformed-body': 'had bytes signed by others that are no message',
  malformed: 'sent bytes that no honest member sends',
  'bad-echo': 'sent a signature that does not verify',
  'bad-commit': 'passed on a message that no quorum has signed',
  'withheld-order': 'let messages wait for their place in the order for seconds; it may just be slow',
  'link-overflow': 'left too much that was sent to it unacknowledged; it may just be slow',
  unresponsive: 'acknowledged nothing for seconds; it may just be slow',
}

function short(id: ProcessId): string {
  return `${id.slice(0, 8)}…`
}

function counted(count: number, thing: string): string {
  return `${number(count)} ${thing}${count === 1 ? '' : 's'}`
}

function number(value: number): string {
  return value.toLocaleString('en')
}

function ms(value: number): string {
  return `${value < 10 ? value.toFixed(1) : number(Math.round(value))} ms`
}

/** Columns under their headings; numbers to the right. */
function table(heading: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const all = [heading, ...rows]
  const widths = heading.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)))
  const right = heading.map((_, column) => rows.every((row) => /^[\d,]+$/.test(row[column] ?? '')))
  const cell = (text: string, column: number): string =>
    right[column] === true ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0)
  return all.map((row) => `  ${row.map(cell).join('  ')}`.trimEnd())
}

/** The report as one object for machines. */
export function reportJson(report: DemoReport): string {
  const { equal, members, delivered, messagesPerSecond, p50Ms, p99Ms } = report
  const faults = report.faults.map(({ culprit, code, evidence }) => ({ culprit, code, evidence }))
  return JSON.stringify({ equal, members: members.length, delivered, messagesPerSecond, p50Ms, p99Ms, faults })
}
