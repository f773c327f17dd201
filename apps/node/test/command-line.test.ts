import { chmodSync } from 'node:fs'
import { dirname } from 'node:path'
import { beforeAll, expect, test, vi } from 'vitest'
import { main } from '../src/cli.js'
import { build, DEADLINE_MS, fileOf, testudo } from './harness.js'

beforeAll(build, DEADLINE_MS)

const text = fileOf('a\nb\n')

test.each([
  [[], /say what to do/],
  [['dmo'], /unknown command 'dmo' \(Did you mean demo\?\)/],
  [['--bogus'], /unknown option '--bogus'/],
  [['demo', '--bogus'], /unknown option '--bogus'/],
  [['demo', '--member', '4'], /unknown option '--member' \(Did you mean --members\?\)/],
  [['demo', 'more'], /too many arguments/],
  [['demo', '--members'], /argument missing/],
  [['demo', '--members', '0'], /--members must be a whole number from 1 to 16, not '0'/],
  [['demo', '--members', '17'], /--members must be/],
  [['demo', '--members', '-4'], /--members must be/],
  [['demo', '--members', '4.5'], /--members must be/],
  [['demo', '--members', '4e0'], /--members must be/],
  [['demo', '--members', 'four'], /--members must be/],
  [['demo', '--members', ''], /--members must be/],
  [['demo', '--liar'], /argument missing/],
  [['demo', '--liar', 'nicely'], /--liar must be one of equivocate, forge, mute, replay, garbage, not 'nicely'/],
  [['demo', '--liar', 'constructor'], /--liar must be one of/],
  [['demo', '--liar', 'mute', '--members', '3'], /of 3 members none may lie; --liar needs --members 4 or more/],
  [['demo', '--liar', 'mute', '--uniform'], /leave out one of the two/],
  [['demo', '--file'], /argument missing/],
  [['demo', '--file', ''], /there is no such file/],
  [['demo', '--file', '/no/such/file'], /cannot read '\/no\/such\/file': there is no such file/],
  [['demo', '--file', `${text}/below`], /there is no such file/],
  [['demo', '--file', dirname(text)], /it is a directory/],
  [['demo', '--file', '/dev/zero'], /it is no regular file/],
])('testudo %j is wrong: exit code 2, and one line says why', async (args, sentence) => {
  const written: string[] = []
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0)
  const stdout = vi.spyOn(process.stdout, 'write')
  try {
    expect(await main(args)).toBe(2)
    expect(stdout).not.toHaveBeenCalled()
  } finally {
    stderr.mockRestore()
    stdout.mockRestore()
  }
  expect(written.join('')).toMatch(sentence)
  expect(written.join('')).toMatch(/^testudo: [^\n]+\n$/)
})

test.each([[[]], [['demo', '--bogus']], [['demo', '--members', '0']], [['demo', '--file', '/no/such/file']]])(
  'the program testudo %j prints one line and exits with 2',
  async (args) => {
    const { code, stdout, stderr } = await testudo(...args)
    expect(stderr).toMatch(/^testudo: [^\n]+\n$/)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  },
)

test('a file that may not be read is refused', async ({ skip }) => {
  if (process.getuid?.() === 0) skip('root may read every file')
  const secret = fileOf('secret\n')
  chmodSync(secret, 0)
  expect(await testudo('demo', '--file', secret)).toMatchObject({ code: 2, stderr: /permission denied/ })
})

test('help explains the demo, its exit codes and why the liar is the last member', async () => {
  const { code, stdout, stderr } = await testudo('demo', '--help')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  for (const words of ['--members', '--file', '--liar', '--json', 'always the last member', 'Exit code']) {
    expect(stdout).toContain(words)
  }
  expect((await testudo('--help')).stdout).toContain('demo')
})
