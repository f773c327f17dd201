import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  countLines,
  FILE_BYTES_MAX,
  LINE_BYTES_MAX,
  LINES_MAX,
  linesOf,
  readInput,
  shareCount,
  shareOf,
} from '../src/demo/lines.js'
import { scratch as folder } from './harness.js'

test.each(['a\n\nb', 'a\n\nb\n'])('%j is cut at its line ends, with or without one behind the last line', (text) => {
  const lines = [...linesOf(Buffer.from(text))]
  expect(lines.map((line) => Buffer.from(line).toString())).toEqual(['a', '', 'b'])
  expect(countLines(Buffer.from(text))).toBe(3)
})

test('the shares of all members are all lines, each once, and as many as counted', () => {
  for (const [count, members] of [
    [10, 4],
    [3, 4],
    [0, 2],
    [8, 4],
  ] as const) {
    const input = Buffer.from(Array.from({ length: count }, (_, index) => `${index}\n`).join(''))
    const shares = Array.from({ length: members }, (_, rank) => [...shareOf(input, rank, members)])
    const all = shares.flat().map((line) => Number(Buffer.from(line).toString()))
    expect(all.sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, index) => index))
    expect(shares.map(({ length }) => length)).toEqual(shares.map((_, rank) => shareCount(count, rank, members)))
  }
})

test('a file that is not there and a directory are refused with a code and a sentence', () => {
  expect(() => readInput(join(folder, 'none'))).toThrow(/there is no such file/)
  expect(() => readInput(folder)).toThrow(/it is a directory/)
})

test('a file over FILE_BYTES_MAX is refused before it is read', () => {
  const path = join(folder, 'sparse')
  writeFileSync(path, '')
  truncateSync(path, FILE_BYTES_MAX + 1)
  expect(() => readInput(path)).toThrow(expect.objectContaining({ code: 'file-too-large' }))
})

test('a line of LINE_BYTES_MAX is taken, a longer one is refused', () => {
  const path = join(folder, 'long')
  writeFileSync(path, `a\n${'x'.repeat(LINE_BYTES_MAX)}\n`)
  expect(readInput(path)).toHaveLength(LINE_BYTES_MAX + 3)
  writeFileSync(path, `a\n${'x'.repeat(LINE_BYTES_MAX + 1)}\n`)
  expect(() => readInput(path)).toThrow(expect.objectContaining({ code: 'line-too-long' }))
})

test('LINES_MAX lines are taken, one more is refused', () => {
  const path = join(folder, 'many')
  writeFileSync(path, '\n'.repeat(LINES_MAX))
  expect(readInput(path)).toHaveLength(LINES_MAX)
  writeFileSync(path, '\n'.repeat(LINES_MAX + 1))
  expect(() => readInput(path)).toThrow(expect.objectContaining({ code: 'too-many-lines' }))
})
