import { readdirSync } from 'node:fs'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { anyLeft, build, countOf, DEADLINE_MS, fileOf, numbered, Running, statOf, TEST_MS, until } from './harness.js'

beforeAll(build, DEADLINE_MS)

/** More than is ordered before a test stops it. */
const long = fileOf(numbered(100_000))
const middling = fileOf(numbered(50_000))

let running: Running

function start(...args: string[]): Running {
  running = new Running(['demo', ...args])
  return running
}

afterEach(() => {
  if (anyLeft(running.group)) process.kill(-running.group, 'SIGKILL') // a test failed: at least we leave nothing
})

async function expectNothingLeft(): Promise<void> {
  await until(() => !anyLeft(running.group), 'no process is left')
  for (const pid of running.members()) expect(['Z', undefined]).toContain(statOf(pid)[0])
}

function hasMembers(): boolean {
  return process.platform !== 'linux' || countOf(running.group) > 1
}

/** The moments at which something may happen. */
const MOMENTS: Readonly<Record<string, () => Promise<void>>> = {
  'at the start': () => until(() => running.stdout !== '' && hasMembers(), 'there are member processes'),
  'when the members run': () => until(() => running.members().length > 0, 'the members are printed'),
  'at work': () => running.atWork(),
}

test.each([
  ['SIGINT', 'the whole process group, as Ctrl-C does', 'at work', 130],
  ['SIGINT', 'the whole process group, as Ctrl-C does', 'at the start', 130],
  ['SIGINT', 'the parent alone', 'at work', 130],
  ['SIGINT', 'the parent alone', 'when the members run', 130],
  ['SIGTERM', 'the parent alone', 'at work', 143],
  ['SIGTERM', 'the whole process group', 'at work', 143],
  ['SIGHUP', 'the whole process group', 'at work', 129],
] as const)(
  '%s to %s %s ends all in order, with nothing left behind',
  async (signal, whom, moment, exitCode) => {
    start('--file', long)
    await MOMENTS[moment]?.()
    process.kill(whom === 'the parent alone' ? running.group : -running.group, signal)
    const { code, stderr } = await running.ended
    await expectNothingLeft()
    expect({ code, stderr }).toEqual({ code: exitCode, stderr: `testudo: stopped by ${signal}; no process is left\n` })
    expect(readdirSync(running.temporary)).toEqual([])
  },
  TEST_MS,
)

test.each(['at the start', 'at work'])(
  'when the parent is killed %s, the members end by themselves',
  async (moment) => {
    start('--file', long)
    await MOMENTS[moment]?.()
    process.kill(running.group, 'SIGKILL')
    expect(await running.ended).toMatchObject({ signal: 'SIGKILL' })
    await expectNothingLeft()
  },
  TEST_MS,
)

test(
  'a stopped member does not outlive Ctrl-C',
  async () => {
    start('--file', long)
    await running.atWork()
    process.kill(running.members()[1] ?? 0, 'SIGSTOP')
    process.kill(-running.group, 'SIGINT')
    expect(await running.ended).toMatchObject({ code: 130 })
    await expectNothingLeft()
  },
  TEST_MS,
)

test.each([0, 2])(
  'when the honest member %i is killed, the demo fails and says who',
  async (rank) => {
    start('--file', long)
    await running.atWork()
    process.kill(running.members()[rank] ?? 0, 'SIGKILL')
    const { code, stderr } = await running.ended
    await expectNothingLeft()
    expect({ code, stderr }).toEqual({ code: 1, stderr: `testudo: member ${rank}: its process ended (SIGKILL)\n` })
    expect(readdirSync(running.temporary)).toEqual([])
  },
  TEST_MS,
)

test(
  'when the liar is killed, the others go on and agree',
  async () => {
    start('--file', middling, '--liar', 'garbage')
    await running.atWork()
    process.kill(running.members()[3] ?? 0, 'SIGKILL')
    const { code, stdout } = await running.ended
    await expectNothingLeft()
    expect(stdout).toMatch(/^EQUAL: the 3 honest logs/m)
    expect(code).toBe(0)
  },
  TEST_MS,
)

test.each([0, 2])(
  'the member %i may be stopped for a while: the logs are equal all the same',
  async (rank) => {
    start('--file', middling)
    await running.atWork()
    const pid = running.members()[rank] ?? 0
    process.kill(pid, 'SIGSTOP')
    if (process.platform === 'linux') await until(() => statOf(pid)[0] === 'T', 'it is stopped')
    process.kill(pid, 'SIGCONT')
    const { code, stdout } = await running.ended
    await expectNothingLeft()
    expect(stdout).toMatch(/^EQUAL: the 4 logs/m)
    expect(code).toBe(0)
  },
  TEST_MS,
)
