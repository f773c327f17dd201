/** One case of a suite, for any test runner: `for (const { name, run } of cases) test(name, run)`. */
export interface ConformanceCase {
  /** A sentence that says what holds. */
  readonly name: string
  /** Throws (or rejects with) an `Error` that says in a sentence what does not hold. */
  readonly run: () => void | Promise<void>
}

/** Fails with a sentence unless the condition holds. */
export function expectThat(condition: unknown, sentence: string): asserts condition {
  if (!condition) throw new Error(sentence)
}
