import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readLines, shareOf } from '../src/demo/lines.js'

const folder = mkdtempSync(join(tmpdir(), 'testudo-lines-'))

test('a file is cut at its line ends, with or without one behind the last line', () => {
  const path = join(folder, 'lines.txt')
  for (const text of ['a\n\nb', 'a\n\nb\n']) {
    writeFileSync(path, text)
    expect(readLines(path).map((line) => Buffer.from(line).toString())).toEqual(['a', '', 'b'])
  }
})

test('the shares of all members are all lines, each once', () => {
  const path = join(folder, 'ten.txt')
  writeFileSync(path, '0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n')
  const lines = readLines(path)
  const shares = [0, 1, 2, 3].flatMap((rank) => shareOf(lines, rank, 4))
  expect(shares.map((line) => Buffer.from(line).toString()).sort()).toEqual([...'0123456789'])
})

test('a file that is not there and a directory are refused with a code and a sentence', () => {
  expect(() => readLines(join(folder, 'none'))).toThrow(/there is no such file/)
  expect(() => readLines(folder)).toThrow(/it is a directory/)
})
