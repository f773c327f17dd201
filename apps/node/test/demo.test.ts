import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import { anyLeft, build, DEADLINE_MS, type Ended, fileOf, numbered, type Running, TEST_MS, testudo } from './harness.js'

beforeAll(build, DEADLINE_MS)

interface Json {
  readonly equal: boolean
  readonly members: number
  readonly delivered: number
  readonly faults: readonly { readonly culprit: string; readonly code: string; readonly evidence: unknown }[]
}

async function json(...args: string[]): Promise<Json> {
  const ended = await testudo('demo', '--json', ...args)
  expectClean(ended)
  const lines = ended.stdout.trimEnd().split('\n')
  return JSON.parse(lines.at(-1) ?? '') as Json
}

/** It ended well, said nothing it should not, and left nothing behind. */
function expectClean({ code, stderr, running }: Ended & { readonly running: Running }): void {
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(anyLeft(running.group)).toBe(false)
  expect(readdirSync(running.temporary)).toEqual([])
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

test(
  'without arguments the README is put into one order by four processes, and the report says so',
  async () => {
    const ended = await testudo('demo')
    expectClean(ended)
    expect(ended.running.members()).toHaveLength(4)
    expect(new Set(ended.running.members()).size).toBe(4)
    expect(ended.stdout).toMatch(/^4 processes, each with a key of its own, put the [\d,]+ lines? of .*README\.md/)
    expect(ended.stdout).toMatch(/^EQUAL: the 4 logs are the same to the byte and complete/m)
    expect(ended.stdout).toMatch(/^throughput {2}[\d,.]+ lines a second/m)
    expect(ended.stdout).toMatch(/^latency .* ms for half of the lines, .* ms for 99 of 100/m)
    const digests = [...ended.stdout.matchAll(/ ([0-9a-f]{32})…/g)].map(([, digest]) => digest)
    expect(digests).toHaveLength(4)
    expect(new Set(digests).size).toBe(1)
  },
  TEST_MS,
)

test(
  '--json prints one object of the promised shape',
  async () => {
    const ended = await testudo('demo', '--json', '--file', fileOf(numbered(200)), '--liar', 'equivocate')
    expectClean(ended)
    expect(ended.stdout.trimEnd().split('\n')).toHaveLength(1)
    const report = JSON.parse(ended.stdout) as Json
    expect(report).toEqual({
      equal: true,
      members: 4,
      delivered: expect.any(Number),
      messagesPerSecond: expect.any(Number),
      p50Ms: expect.any(Number),
      p99Ms: expect.any(Number),
      faults: expect.any(Array),
    })
    expect(report.faults.find(({ code }) => code === 'equivocation')).toEqual({
      culprit: expect.stringMatching(/^[0-9a-f]{64}$/),
      code: 'equivocation',
      evidence: { kind: expect.any(String), parts: expect.any(Array), convinces: true },
    })
  },
  TEST_MS,
)

test.each([
  ['equivocate', 4, 'equivocation'],
  ['forge', 4, 'bad-commit'],
  ['mute', 4, 'unresponsive'],
  ['garbage', 4, 'malformed'],
  ['replay', 4, undefined],
  ['equivocate', 7, 'equivocation'],
])(
  'with the liar %s among %i the honest logs are equal and complete, and its fault is named',
  async (lie, members, code) => {
    const lines = 300
    const report = await json('--file', fileOf(numbered(lines)), '--liar', lie, '--members', String(members))
    expect(report).toMatchObject({ equal: true, members })
    const honestLines = lines - Math.floor(lines / members) // the last member has the smallest share
    expect(report.delivered).toBeGreaterThanOrEqual(honestLines)
    expect(report.delivered).toBeLessThanOrEqual(lines)
    if (code !== undefined) expect(report.faults.map((fault) => fault.code)).toContain(code)
    const evidence = report.faults.map((fault) => fault.evidence).filter((found) => found !== null)
    for (const found of evidence) expect(found).toMatchObject({ convinces: true })
    // Evidence never convicts anybody but the one liar.
    const convicted = report.faults.filter((fault) => fault.evidence !== null).map(({ culprit }) => culprit)
    expect(new Set(convicted).size).toBeLessThanOrEqual(1)
  },
  TEST_MS,
)

test.each([
  ['empty lines and carriage returns', '\n\na\r\n\n\r\n\rb\n\n', 7],
  ['a line of 1 MB', `short\n${'x'.repeat(1_000_000)}\nshort\n`, 3],
  [
    'bytes that are not UTF-8 and no end behind the last line',
    bytes(0xff, 0xfe, 0x0a, 0x00, 0xc3, 0x0a, 0xed, 0xa0),
    3,
  ],
  ['no line', '', 0],
  ['fewer lines than members', 'lonely\n', 1],
])(
  'a file with %s is ordered completely',
  async (_, content, lines) => {
    expect(await json('--file', fileOf(content))).toMatchObject({ equal: true, members: 4, delivered: lines })
  },
  TEST_MS,
)

test(
  'a log holds the very bytes of the lines',
  async () => {
    const lines = ['a', '', '\r', 'é', ' ', '\xff\xfe\x00', 'x'.repeat(70_000), 'last without an end']
    const ended = await testudo('demo', '--members', '1', '--file', fileOf(Buffer.from(lines.join('\n'), 'latin1')))
    expectClean(ended)
    const log = Buffer.from(lines.map((line) => `0 ${line}\n`).join(''), 'latin1')
    const digest = createHash('sha256').update(log).digest('hex').slice(0, 32)
    expect(ended.stdout).toContain(digest)
  },
  TEST_MS,
)

test(
  '50,000 lines are ordered completely',
  async () => {
    expect(await json('--file', fileOf(numbered(50_000)))).toMatchObject({ equal: true, delivered: 50_000 })
  },
  TEST_MS,
)

test.each([1, 2, 10])(
  'a group of %i orders a file',
  async (members) => {
    const report = await json('--members', String(members), '--file', fileOf(numbered(100)))
    expect(report).toMatchObject({ equal: true, members, delivered: 100 })
  },
  TEST_MS,
)

test(
  'in uniform mode a file is ordered completely',
  async () => {
    expect(await json('--uniform', '--file', fileOf(numbered(50)))).toMatchObject({ equal: true, delivered: 50 })
  },
  TEST_MS,
)
