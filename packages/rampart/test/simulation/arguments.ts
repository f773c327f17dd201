import type { Knobs } from './plan.js'

/** What `npm run simulate` is asked for. */
export interface Arguments {
  /** How many seeds. */
  readonly seeds: number
  /** The first seed; undefined: drawn from the clock. */
  readonly from: number | undefined
  readonly trace: boolean
  readonly json: boolean
  /** Whether each seed runs twice, to compare the traces. */
  readonly twice: boolean
  /** Goes on behind a seed that fails, and counts. */
  readonly all: boolean
  readonly knobs: Knobs
}

const USAGE =
  'usage: simulate [--seeds N] [--from S] [--members 4|7|10|...] [--membership fixed|oracle] ' +
  '[--network fifo|slow-channels|breaking|lossy] [--uniform true|false] [--long] [--all] [--once] [--trace] [--json]'

/** Reads the command line; a sentence when it is wrong. */
export function parseArgs(args: readonly string[]): Arguments | string {
  let parsed: Arguments = { seeds: 100, from: undefined, trace: false, json: false, twice: true, all: false, knobs: {} }
  for (let at = 0; at < args.length; at++) {
    const name = args[at] as string
    const flag = flagOf(name, parsed)
    if (flag !== undefined) {
      parsed = flag
      continue
    }
    const value = args[++at]
    if (value === undefined) return `simulate: ${name} is not known or wants a value; ${USAGE}`
    const next = valueOf(name, value, parsed)
    if (typeof next === 'string') return `simulate: ${next}; ${USAGE}`
    parsed = next
  }
  return parsed
}

function flagOf(name: string, parsed: Arguments): Arguments | undefined {
  switch (name) {
    case '--trace':
      return { ...parsed, trace: true }
    case '--json':
      return { ...parsed, json: true }
    case '--once':
      return { ...parsed, twice: false }
    case '--all':
      return { ...parsed, all: true }
    case '--long':
      return { ...parsed, knobs: { ...parsed.knobs, long: true } }
    default:
      return undefined
  }
}

function valueOf(name: string, value: string, parsed: Arguments): Arguments | string {
  const { knobs } = parsed
  switch (name) {
    case '--seeds':
      return isWhole(value, 1, 1e9)
        ? { ...parsed, seeds: Number(value) }
        : `--seeds wants a number from 1, not ${value}`
    case '--from':
      return isWhole(value, 0, 1e15) ? { ...parsed, from: Number(value) } : `--from wants a number from 0, not ${value}`
    case '--members':
      if (!isWhole(value, 1, 64)) return `--members wants a number from 1 to 64, not ${value}`
      return { ...parsed, knobs: { ...knobs, members: Number(value) } }
    case '--membership':
      if (value !== 'fixed' && value !== 'oracle') return `--membership wants fixed or oracle, not ${value}`
      return { ...parsed, knobs: { ...knobs, membership: value } }
    case '--network':
      if (value !== 'fifo' && value !== 'slow-channels' && value !== 'breaking' && value !== 'lossy') {
        return `--network wants fifo, slow-channels, breaking or lossy, not ${value}`
      }
      return { ...parsed, knobs: { ...knobs, network: value } }
    case '--uniform':
      if (value !== 'true' && value !== 'false') return `--uniform wants true or false, not ${value}`
      return { ...parsed, knobs: { ...knobs, uniform: value === 'true' } }
    default:
      return `${name} is not known`
  }
}

function isWhole(text: string, least: number, most: number): boolean {
  return /^\d{1,16}$/.test(text) && Number(text) >= least && Number(text) <= most
}
