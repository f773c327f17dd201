// Prints `Tests: N passed, N failed` from what vitest and scripts/check.mjs wrote into a folder. What did not run to its
// end counts as one failure, and so does a test file that could not be loaded.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const [folder] = process.argv.slice(2)
const counts = [testCounts(join(folder, 'tests.json')), checkCounts(join(folder, 'checks.txt'))]
const total = { passed: 0, failed: 0 }
for (const { passed, failed } of counts) {
  total.passed += passed
  total.failed += failed
}
process.stdout.write(`Tests: ${total.passed} passed, ${total.failed} failed\n`)
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0

function testCounts(path) {
  if (!existsSync(path)) return { passed: 0, failed: 1 }
  const { numPassedTests, numFailedTests, success, testResults } = JSON.parse(readFileSync(path, 'utf8'))
  const broken = testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length
  const failures = numFailedTests + broken
  return { passed: numPassedTests, failed: success || failures > 0 ? failures : 1 }
}

function checkCounts(path) {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const [, passed, failed] = /^Checks: (\d+) passed, (\d+) failed/m.exec(text) ?? [undefined, '0', '1']
  return { passed: Number(passed), failed: Number(failed) }
}
