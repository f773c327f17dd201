import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { UsageError } from '@testudo/core'
import { Presets, SingleBar } from 'cli-progress'
import { stoppable } from '../cluster/stop.js'
import { LIES } from '../liars/liars.js'
import { type DemoOptions, runDemo, type StartedMember } from './demo.js'
import { countLines, readInput } from './lines.js'
import { memberLines, reportJson, reportLines, titleLines } from './print.js'
import type { DemoReport } from './report.js'

/** What the command line said. */
export interface DemoArguments {
  readonly members: string
  readonly file?: string
  readonly liar?: string
  readonly uniform?: boolean
  readonly json?: boolean
}

/** The most processes: they share this machine, and with more of them on two cores each waits for its turn too long. */
const MEMBERS_MAX = 16
/** With fewer nobody may lie: f = floor((n - 1) / 3). */
const MEMBERS_MIN_WITH_LIAR = 4

const README = fileURLToPath(new URL('../../../../README.md', import.meta.url))

/** `testudo demo`: answers with the exit code. */
export async function demoCommand(given: DemoArguments): Promise<number> {
  const members = memberCount(given.members)
  const uniform = given.uniform === true
  const lie = knownLie(given.liar, members, uniform)
  const file = given.file ?? relative(process.cwd(), README)
  const input = readInput(file)
  const report = await stoppable((signal) => show({ members, input, lie, uniform, signal }, file, given.json === true))
  return report.equal ? 0 : 1
}

type Plan = Omit<DemoOptions, 'onStarted' | 'onProgress'>

/** Runs the demo and prints what a person, or a machine, wants to know. */
async function show(plan: Plan, file: string, json: boolean): Promise<DemoReport> {
  const { members, input, lie } = plan
  const say = (lines: readonly string[]): void => {
    if (!json) process.stdout.write(`${lines.join('\n')}\n`)
  }
  // Whoever closes the pipe (`| head`) has seen enough; the exit code still tells what came of it.
  process.stdout.on('error', () => {})
  // On a terminal only: cli-progress draws nothing into files and pipes.
  const bar = new SingleBar({ format: ' {bar} {percentage}% {doing}', stream: process.stderr }, Presets.shades_classic)
  say(titleLines({ members, lines: countLines(input), file, lie }))
  const onStarted = (started: readonly StartedMember[]): void => {
    say(memberLines(started, lie))
    if (process.stderr.isTTY) process.stderr.write('\n')
    bar.start(1, 0, { doing: 'connecting' })
  }
  try {
    const report = await runDemo({ ...plan, onStarted, onProgress: (share, doing) => bar.update(share, { doing }) })
    bar.update(1, { doing: 'done' })
    bar.stop()
    say(reportLines(report))
    if (json) process.stdout.write(`${reportJson(report)}\n`)
    return report
  } finally {
    bar.stop()
  }
}

function memberCount(text: string): number {
  const members = Number(text)
  if (/^\d+$/.test(text) && members >= 1 && members <= MEMBERS_MAX) return members
  throw new UsageError('bad-members', `--members must be a whole number from 1 to ${MEMBERS_MAX}, not '${text}'`)
}

function knownLie(lie: string | undefined, members: number, uniform: boolean): string | undefined {
  if (lie === undefined) return undefined
  if (!Object.hasOwn(LIES, lie)) {
    throw new UsageError('bad-liar', `--liar must be one of ${Object.keys(LIES).join(', ')}, not '${lie}'`)
  }
  if (members < MEMBERS_MIN_WITH_LIAR) {
    const hint = `--liar needs --members ${MEMBERS_MIN_WITH_LIAR} or more`
    throw new UsageError('bad-liar', `of ${members} member${members === 1 ? '' : 's'} none may lie`, { hint })
  }
  if (!uniform) return lie
  const hint = 'leave out one of the two'
  throw new UsageError('bad-liar', '--uniform waits for every member, and the members of the demo are fixed', { hint })
}
