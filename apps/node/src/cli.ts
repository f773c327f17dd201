import { Command, CommanderError } from 'commander'
import { Stopped } from './cluster/stop.js'
import { type DemoArguments, demoCommand } from './demo/command.js'
import { LIES } from './liars/liars.js'

/** Exit codes: 0 done, 1 it did not hold or something failed, 2 wrong use. */
const FAILED = 1
const WRONG_USE = 2

/** Codes of errors that the person at the command line can mend. */
const MENDABLE: ReadonlySet<string> = new Set([
  'bad-members',
  'bad-liar',
  'unreadable-file',
  'file-too-large',
  'line-too-long',
  'too-many-lines',
])

const ABOUT_DEMO = `
Each member multicasts every n-th line and writes what it delivers to a log of its own; at the end the logs of the
honest members are compared byte for byte. The liar is always the last member: the members of the demo are fixed, and
in a view that never changes the first member, which proposes the order, could stop it for ever by saying nothing.
Of n members floor((n - 1) / 3) may lie, so --liar needs 4 or more.

Exit code 0: the honest logs are equal and complete; 1: they are not, or something failed; 2: wrong use.`

/** Runs the command line `testudo`; answers with the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  if (args.length === 0) {
    process.stderr.write('testudo: say what to do, for example: testudo demo --help\n')
    return WRONG_USE
  }
  let code = 0
  const program = new Command('testudo')
    .description('Groups of processes that agree although fewer than a third of them lie')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`testudo: ${oneLine(text)}\n`) })
  program
    .command('demo')
    .description('run a group on this machine that puts the lines of a file into one order')
    .option('--members <n>', 'how many processes', '4')
    .option('--file <path>', 'the file whose lines are ordered (default: the README)')
    .option('--liar <how>', `let one process lie: ${Object.keys(LIES).join(', ')}`)
    .option('--uniform', 'deliver only what is known to reach all')
    .option('--json', 'print one JSON object as the last line, and nothing else')
    .addHelpText('after', ABOUT_DEMO)
    .action(async (given: DemoArguments) => {
      code = await demoCommand(given)
    })
  try {
    await program.parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    return explain(error)
  }
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USE // it has said why already
  const { code, message, hint } = error as { readonly code?: string; readonly message?: string; readonly hint?: string }
  process.stderr.write(`testudo: ${oneLine(message ?? String(error))}${hint === undefined ? '' : `; ${hint}`}\n`)
  if (error instanceof Stopped) return error.exitCode
  return code !== undefined && MENDABLE.has(code) ? WRONG_USE : FAILED
}

function oneLine(text: string): string {
  return text
    .trim()
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ')
}
