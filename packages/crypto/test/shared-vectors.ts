import { existsSync, readFileSync } from 'node:fs'
import { describe } from 'vitest'

const FOLDER = new URL('../../../../shared/vectors/', import.meta.url)

/** Describes tests over a file of vectors beside the repository; where it is not there, says so and skips them. The caller names their type. */
export function describeVectors(file: string, tests: (vectors: never) => void): void {
  const path = new URL(file, FOLDER)
  if (existsSync(path)) {
    describe(file, () => tests(JSON.parse(readFileSync(path, 'utf8')) as never))
    return
  }
  console.warn(`skipped: ${file} is not in ${FOLDER.pathname}`)
  describe.skip(`${file} (not in ${FOLDER.pathname})`, () => {})
}

/** The part of Wycheproof's form that all its files share. */
export interface Wycheproof<Group, Test> {
  readonly testGroups: readonly (Group & { readonly tests: readonly (Test & WycheproofTest)[] })[]
}

export interface WycheproofTest {
  readonly tcId: number
  readonly comment: string
  readonly flags: readonly string[]
  readonly result: 'valid' | 'invalid' | 'acceptable'
}
