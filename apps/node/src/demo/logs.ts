import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Bytes } from '@testudo/core'
import { linesOf, shareOf } from './lines.js'

/** One honest member's log, as it was found. */
export interface JudgedLog {
  readonly rank: number
  readonly lines: number
  /** For people who want to see that they are equal; what decides is the comparison of all bytes. */
  readonly sha256: string
}

/** What the honest logs come to. */
export interface Verdict {
  /** Whether they are the same to the byte, and hold every line of an honest member once, in its sender's order. */
  readonly equal: boolean
  /** The first thing that is wrong. */
  readonly difference: string | undefined
  readonly logs: readonly JudgedLog[]
}

/** Compares the logs of honest members with each other, and with what was to be ordered. */
export function judgeLogs(paths: ReadonlyMap<number, string>, input: Bytes, members: number): Verdict {
  const logs: JudgedLog[] = []
  let first: { readonly rank: number; readonly bytes: Buffer } | undefined
  let difference: string | undefined
  for (const [rank, path] of paths) {
    const bytes = readFileSync(path)
    logs.push({ rank, lines: countNewlines(bytes), sha256: createHash('sha256').update(bytes).digest('hex') })
    first ??= { rank, bytes }
    if (first.bytes.equals(bytes)) continue
    difference ??= describeDifference(first.rank, first.bytes, rank, bytes)
  }
  if (first !== undefined) difference ??= describeGap(first.bytes, [...paths.keys()], input, members)
  return { equal: difference === undefined, difference, logs }
}

function countNewlines(bytes: Buffer): number {
  let lines = 0
  for (let at = bytes.indexOf(0x0a); at !== -1; at = bytes.indexOf(0x0a, at + 1)) lines++
  return lines
}

function describeDifference(one: number, expected: Buffer, other: number, found: Buffer): string {
  let at = 0
  while (at < expected.length && at < found.length && expected[at] === found[at]) at++
  const line = 1 + countNewlines(expected.subarray(0, at))
  return `the log of member ${other} differs from that of member ${one} in line ${line} (byte ${at})`
}

const SPACE = 0x20

/** The first line of an honest member that is not where its sender sent it; undefined if all are there. */
function describeGap(log: Buffer, honest: readonly number[], input: Bytes, members: number): string | undefined {
  const shares = new Map(honest.map((rank) => [String(rank), shareOf(input, rank, members)]))
  let number = 0
  for (const entry of linesOf(log)) {
    number++
    const space = entry.indexOf(SPACE)
    const rank = Buffer.from(entry.subarray(0, space)).toString('latin1')
    const share = shares.get(rank)
    if (share === undefined) continue // a liar's: whatever it says
    const { value } = share.next()
    if (value === undefined) return `line ${number} of the logs, by member ${rank}, is one too many`
    if (Buffer.compare(value, entry.subarray(space + 1)) === 0) continue
    return `line ${number} of the logs is not the next one of member ${rank}`
  }
  for (const [rank, share] of shares) {
    if (share.next().done !== true) return `the logs lack lines of member ${rank}`
  }
  return undefined
}
