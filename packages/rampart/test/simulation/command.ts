import type { Outcome } from '@testudo/simulator'
import { runSeeds, type SeedFailure } from '@testudo/simulator'
import type { Arguments } from './arguments.js'
import { describeMessage } from './describe.js'
import { describePlan, drawPlan, type Knobs } from './plan.js'
import { run } from './world.js'

/** How often progress is written, in seeds. */
const PROGRESS_EVERY = 50

/** Violations of one seed that are printed. */
const SHOWN_MAX = 4

/** The command that runs one seed again, with those knobs that the command line has. */
export function replayCommand(seed: number, knobs: Knobs = {}): string {
  const { members, membership, network, uniform, long } = knobs
  const extra = Object.entries({ members, membership, network, uniform })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` --${name} ${String(value)}`)
  return `npm run simulate -- --seeds 1 --from ${seed}${extra.join('')}${long === true ? ' --long' : ''}`
}

/** Runs one seed as drawn. */
export function runSeed(seed: number, knobs: Knobs = {}): Outcome {
  return run(drawPlan(seed, knobs))
}

/** Carries out the command; answers with the exit code. */
export function simulateCommand(args: Arguments): number {
  const from = args.from ?? Date.now() % 1e9
  process.stderr.write(`seeds ${from} to ${from + args.seeds - 1}\n`)
  if (args.seeds === 1) process.stderr.write(`${describePlan(drawPlan(from, args.knobs))}\n`)
  if (args.trace) {
    for (let seed = from; seed < from + args.seeds; seed++) {
      const { simulation } = run(drawPlan(seed, args.knobs), { trace: true, describe: describeMessage })
      process.stdout.write(simulation.trace())
    }
  }
  const failures = args.all ? everyFailure(args, from) : firstFailure(args, from)
  report(args, from, failures)
  return failures.length === 0 ? 0 : 1
}

function firstFailure(args: Arguments, from: number): readonly SeedFailure[] {
  const failure = batch(args, from, args.seeds, from)
  return failure === undefined ? [] : [failure]
}

function everyFailure(args: Arguments, from: number): readonly SeedFailure[] {
  const failures: SeedFailure[] = []
  for (let next = from; next < from + args.seeds; ) {
    const failure = batch(args, next, from + args.seeds - next, from)
    if (failure === undefined) return failures
    failures.push(failure)
    process.stderr.write(`\n${messageOf(args, failure)}\n`)
    next = failure.seed + 1
  }
  return failures
}

function batch(args: Arguments, next: number, count: number, from: number): SeedFailure | undefined {
  return runSeeds({
    from: next,
    count,
    twice: args.twice,
    run: (seed) => runSeed(seed, args.knobs),
    replay: (seed) => replayCommand(seed, args.knobs),
    onProgress: (done) => {
      const all = next - from + done
      if (all % PROGRESS_EVERY === 0) process.stderr.write(`\r${all} of ${args.seeds} seeds`)
    },
  })
}

function report(args: Arguments, from: number, failures: readonly SeedFailure[]): void {
  process.stderr.write('\n')
  if (args.json) {
    const failed = failures.map(({ seed, violations }) => ({
      seed,
      violations,
      replay: replayCommand(seed, args.knobs),
    }))
    process.stdout.write(`${JSON.stringify({ from, seeds: args.seeds, failed })}\n`)
    return
  }
  if (failures.length === 0) process.stdout.write(`${args.seeds} seeds from ${from}: nothing broken\n`)
  else if (args.all) process.stdout.write(`${failures.length} of ${args.seeds} seeds failed\n`)
  else for (const failure of failures) process.stdout.write(`${messageOf(args, failure)}\n`)
}

function messageOf({ knobs }: Arguments, { seed, violations }: SeedFailure): string {
  const shown = violations.slice(0, SHOWN_MAX).map(({ property, sentence }) => `  ${property}: ${sentence}`)
  const rest = violations.length > SHOWN_MAX ? [`  and ${violations.length - SHOWN_MAX} more`] : []
  const plan = describePlan(drawPlan(seed, knobs))
  return [`seed ${seed} failed`, `  ${plan}`, ...shown, ...rest, `replay: ${replayCommand(seed, knobs)}`].join('\n')
}
