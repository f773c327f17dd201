import { expect, test, vi } from 'vitest'
import { main } from '../src/cli.js'

test.each([
  [['nothing'], /there is no scenario 'nothing'/],
  [['--members', '4,,7'], /--members is a list/],
  [['--members', 'x'], /--members takes numbers/],
  [['--packing', 'maybe'], /--packing takes on or off/],
  [['--bogus'], /unknown option/],
])('wrong use %j gives one line that says why, and exit code 2', async (args, sentence) => {
  const written: string[] = []
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written.push(String(text))
    return true
  })
  try {
    expect(await main(args)).toBe(2)
  } finally {
    spy.mockRestore()
  }
  expect(written.join('')).toMatch(sentence)
  expect(written.join('').trimEnd().split('\n')).toHaveLength(1)
})
