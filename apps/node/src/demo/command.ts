import { fileURLToPath } from 'node:url'
import { MEMBERS_MAX, UsageError } from '@testudo/core'
import { Presets, SingleBar } from 'cli-progress'
import { LIES } from '../liars/liars.js'
import { runDemo } from './demo.js'
import { readLines } from './lines.js'
import { reportJson, reportLines } from './print.js'

/** What the command line said. */
export interface DemoArguments {
  readonly members: string
  readonly file?: string
  readonly liar?: string
  readonly uniform?: boolean
  readonly json?: boolean
}

/** Least members: with fewer nobody may lie. */
const MEMBERS_MIN = 1

/** `testudo demo`: answers with the exit code. */
export async function demoCommand(given: DemoArguments): Promise<number> {
  const members = memberCount(given.members)
  const liar = knownLie(given.liar, members)
  const file = given.file ?? fileURLToPath(new URL('../../../../README.md', import.meta.url))
  const say = given.json === true ? () => {} : (line: string) => process.stdout.write(`${line}\n`)
  const bar = new SingleBar(
    { format: ' {bar} {percentage}% of the lines', stream: process.stderr },
    Presets.shades_classic,
  )
  let cluster: { kill(): void } | undefined
  const stop = stopOnSignals(() => cluster?.kill())
  const lines = readLines(file)
  say(`${members} processes, each with its own key, put the ${lines.length} lines of ${file} into one order`)
  try {
    bar.start(1, 0)
    const report = await runDemo({
      members,
      file,
      lines,
      liar,
      uniform: given.uniform === true,
      onProgress: (share) => bar.update(share),
      onCluster: (started) => {
        cluster = started
      },
    })
    bar.stop()
    for (const line of reportLines(report, liar)) say(line)
    if (given.json === true) process.stdout.write(`${reportJson(report)}\n`)
    return report.equal ? 0 : 1
  } finally {
    bar.stop()
    stop()
  }
}

function memberCount(text: string): number {
  const members = Number(text)
  if (/^\d+$/.test(text) && members >= MEMBERS_MIN && members <= MEMBERS_MAX) return members
  throw new UsageError(
    'bad-members',
    `--members must be a whole number from ${MEMBERS_MIN} to ${MEMBERS_MAX}, not '${text}'`,
  )
}

function knownLie(lie: string | undefined, members: number): string | undefined {
  if (lie === undefined) return undefined
  if (!Object.hasOwn(LIES, lie)) {
    throw new UsageError('bad-liar', `--liar must be one of ${Object.keys(LIES).join(', ')}, not '${lie}'`)
  }
  if (members >= 4) return lie
  throw new UsageError('bad-liar', `among ${members} members nobody may lie: --liar needs --members 4 or more`)
}

/** On Ctrl-C or a request to end: kill the members first, then end as one killed by that signal would. */
function stopOnSignals(kill: () => void): () => void {
  const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const
  const handlers = Object.entries(codes).map(([signal, code]) => {
    const handler = (): void => {
      kill()
      process.exit(code)
    }
    process.on(signal, handler)
    return () => process.off(signal, handler)
  })
  return () => {
    for (const remove of handlers) remove()
  }
}
