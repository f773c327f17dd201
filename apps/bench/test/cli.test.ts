import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
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

// As a process: the members that it starts run what was built.
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

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)(
  '%s ends a load and its members in order, with nothing left behind',
  async (signal, exitCode) => {
    const args = ['load', '--members', '4', '--payloads', '100', '--senders', 'all', '--seconds', '600']
    // It leads a process group, so that whatever it leaves behind can be found.
    const child = spawn(process.execPath, [BIN, ...args], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    const group = child.pid ?? 0
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    const ended = once(child, 'close')
    try {
      // The heading comes when the machine is measured, just before the members are started.
      let stdout = ''
      for await (const text of child.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
        stdout += text
        if (/scenario/.test(stdout)) break
      }
      child.stdout.resume()
      expect(stdout).toMatch(/scenario/)
      process.kill(group, signal)
      const [code] = await ended
      expect({ code, stderr }).toEqual({ code: exitCode, stderr: `bench: stopped by ${signal}; no process is left\n` })
      expect(() => process.kill(-group, 0)).toThrow('ESRCH')
    } finally {
      if (child.exitCode === null) process.kill(-group, 'SIGKILL') // a test failed: at least we leave nothing
    }
  },
  RUN_MS,
)
