import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'

const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url))
const BIN = fileURLToPath(new URL('../bin/bench.js', import.meta.url))
const RUN_MS = 120_000

beforeAll(() => {
  // `npm test` has built already; whoever runs vitest by hand may not have.
  const tsc = fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url))
  const project = 'apps/bench/tsconfig.json'
  const built = spawnSync(process.execPath, [tsc, '-b', project], { cwd: REPOSITORY, encoding: 'utf8' })
  if (built.status !== 0) throw new Error(`the build failed:\n${built.stdout}${built.stderr}`)
}, RUN_MS)

// As a process: the sources of another app are not among those that vitest finds by name.
test.each([
  [['nothing'], /there is no scenario 'nothing'/],
  [['--members', '4,,7'], /--members is a list/],
  [['--members', 'x'], /--members takes numbers/],
  [['--packing', 'maybe'], /--packing takes on or off/],
  [['--bogus'], /unknown option/],
])('wrong use %j gives one line that says why, and exit code 2', (args, sentence) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], { encoding: 'utf8' })
  expect(stderr).toMatch(sentence)
  expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
})

test(
  'a short load is measured: a group orders messages, honestly, and the report has every figure',
  () => {
    const args = ['load', '--members', '4', '--payloads', '100', '--senders', 'all', '--packing', 'on']
    const run = spawnSync(process.execPath, [BIN, ...args, '--seconds', '1', '--json'], { encoding: 'utf8' })
    expect(run.status, run.stderr).toBe(0)
    const { machine, results } = JSON.parse(run.stdout) as {
      readonly machine: Record<string, unknown>
      readonly results: readonly Record<string, unknown>[]
    }
    for (const name of ['signMicros', 'verifyMicros', 'frameMicros', 'transportMicrosPerByte', 'hashMicrosPerByte']) {
      expect(machine[name], name).toBeGreaterThan(0)
    }
    expect(results).toHaveLength(1)
    const [row = {}] = results
    expect(row).toMatchObject({ scenario: 'load', members: 4, payloadBytes: 100, senders: 4, packing: true })
    for (const name of ['messagesPerSecond', 'p50Ms', 'p99Ms', 'cpuMicrosPerMessage', 'percentOfLimit', 'rssMiB']) {
      expect(row[name], name).toBeGreaterThan(0)
    }
    // The figures fit together: CPU time per message is that of two cores at most.
    const seconds = Number(row['cpuMicrosPerMessage']) / 1e6
    expect(seconds * Number(row['messagesPerSecond'])).toBeLessThan(1.25 * Number(machine['cores']))
  },
  RUN_MS,
)
