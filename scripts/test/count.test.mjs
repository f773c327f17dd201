import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { REPOSITORY } from '../check/workspace.mjs'
import { folderWith } from './workspace.mjs'

const GOOD = { numPassedTests: 5, numFailedTests: 0, success: true, testResults: [] }
const CHECKS = 'wall ok\n\nChecks: 3 passed, 0 failed, 1.0 s\n'

function count(files) {
  const { status, stdout } = spawnSync(process.execPath, [join(REPOSITORY, '.ci/count.mjs'), folderWith(files)], {
    encoding: 'utf8',
  })
  return { status, line: stdout.trimEnd().split('\n').at(-1) }
}

test('tests and checks are added up in the last line', () => {
  expect(count({ 'tests.json': GOOD, 'checks.txt': CHECKS })).toEqual({ status: 0, line: 'Tests: 8 passed, 0 failed' })
})

test('a failed test and a failed check are counted and fail the run', () => {
  const failing = { ...GOOD, numFailedTests: 2, success: false }
  const checks = 'Checks: 2 passed, 1 failed, 1.0 s\n'
  expect(count({ 'tests.json': failing, 'checks.txt': checks })).toEqual({
    status: 1,
    line: 'Tests: 7 passed, 3 failed',
  })
})

test('a test file that could not be loaded is a failure', () => {
  const testResults = [{ status: 'failed', assertionResults: [] }]
  const broken = { ...GOOD, success: false, testResults }
  expect(count({ 'tests.json': broken, 'checks.txt': CHECKS })).toEqual({
    status: 1,
    line: 'Tests: 8 passed, 1 failed',
  })
})

test('an error outside of any test is a failure', () => {
  expect(count({ 'tests.json': { ...GOOD, success: false }, 'checks.txt': CHECKS }).status).toBe(1)
})

test('what did not run to its end is a failure', () => {
  expect(count({ 'checks.txt': CHECKS })).toEqual({ status: 1, line: 'Tests: 3 passed, 1 failed' })
  expect(count({ 'tests.json': GOOD, 'checks.txt': 'wall ok\n' })).toEqual({
    status: 1,
    line: 'Tests: 5 passed, 1 failed',
  })
  expect(count({})).toEqual({ status: 1, line: 'Tests: 0 passed, 2 failed' })
})
