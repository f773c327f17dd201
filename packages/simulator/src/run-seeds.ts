import type { Violation } from './checkers/history.js'

/** What one run of a seed came to. */
export interface Outcome {
  /** `simulation.traceHash` at the end. */
  readonly traceHash: string
  readonly violations: readonly Violation[]
}

/** Many seeds of one scenario. */
export interface SeedsOptions {
  /** The first seed. */
  readonly from: number
  /** How many seeds, one after the other. */
  readonly count: number
  run(seed: number): Outcome
  /** The command that repeats one seed, for the message of a failure. */
  replay(seed: number): string
  /** Runs every seed a second time and compares the trace hashes. Default true. */
  readonly twice?: boolean
  onProgress?(done: number, count: number): void
}

/** A seed that failed: how, and how to see it again. */
export interface SeedFailure {
  readonly seed: number
  readonly violations: readonly Violation[]
  /** For people: the seed, the first violations, the command that replays it. */
  readonly message: string
}

/** Runs the seeds in order up to the first that fails; undefined when none does. Errors that a run throws are failures. */
export function runSeeds(options: SeedsOptions): SeedFailure | undefined {
  for (let done = 0; done < options.count; done++) {
    const seed = options.from + done
    const violations = tryOut(options, seed)
    if (violations.length > 0) return { seed, violations, message: messageOf(options, seed, violations) }
    options.onProgress?.(done + 1, options.count)
  }
  return undefined
}

function tryOut({ run, twice = true }: SeedsOptions, seed: number): readonly Violation[] {
  try {
    const { traceHash, violations } = run(seed)
    if (violations.length > 0 || !twice) return violations
    const again = run(seed)
    if (again.traceHash === traceHash) return []
    const sentence = `the seed gave the trace ${traceHash} and then ${again.traceHash}`
    return [{ property: 'Determinism', sentence }]
  } catch (thrown) {
    return [
      { property: 'No error', sentence: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) },
    ]
  }
}

function messageOf({ replay }: SeedsOptions, seed: number, violations: readonly Violation[]): string {
  const lines = violations.map(({ property, sentence }) => `  ${property}: ${sentence}`)
  return [`seed ${seed} failed`, ...lines, `replay: ${replay(seed)}`].join('\n')
}
