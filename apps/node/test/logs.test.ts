import { expect, test } from 'vitest'
import { judgeLogs } from '../src/demo/logs.js'
import { fileOf } from './harness.js'

/** Four members; the fourth lies, so its share (d, h) need not be there. */
const input = Buffer.from('a\nb\nc\nd\ne\n\ng\nh')

function judge(...logs: readonly string[]): ReturnType<typeof judgeLogs> {
  return judgeLogs(new Map(logs.map((log, rank) => [rank, fileOf(log)])), input, 4)
}

const good = '0 a\n2 c\n1 b\n2 g\n0 e\n1 \n'

test('logs that are the same and hold every line of the honest are equal, whatever the liar said between', () => {
  expect(judge(good, good, good)).toMatchObject({ equal: true, difference: undefined })
  const withLies = `3 x\n${good}3 d\n3 d\n`
  const verdict = judge(withLies, withLies, withLies)
  expect(verdict).toMatchObject({ equal: true })
  expect(verdict.logs).toEqual(
    [0, 1, 2].map((rank) => ({ rank, lines: 9, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) })),
  )
})

test.each([
  ['a changed byte', [good, good, good.replace('2 g', '2 G')], /log of member 2 differs from .* member 0 in line 4/],
  ['another order', [good, '2 c\n0 a\n1 b\n2 g\n0 e\n1 \n', good], /log of member 1 differs .* in line 1 \(byte 0\)/],
  ['a log that ends sooner', [good, good.slice(0, -3), good], /log of member 1 differs from .* in line 6/],
])('%s makes logs unequal', (_, logs, sentence) => {
  const verdict = judge(...logs)
  expect(verdict.equal).toBe(false)
  expect(verdict.difference).toMatch(sentence)
})

test.each([
  ['lack the last line of a member', good.replace('2 g\n', ''), /lack lines of member 2/],
  ['lack an earlier line', good.replace('0 a\n', ''), /line 4 of the logs is not the next one of member 0/],
  ['hold a line twice', `${good}0 e\n`, /line 7 of the logs, by member 0, is one too many/],
  ['hold the lines of a member out of order', '0 e\n0 a\n2 c\n1 b\n2 g\n1 \n', /line 1 of the logs is not the next/],
  ['hold a line under another name', good.replace('0 a', '1 a'), /line 1 of the logs is not the next one of member 1/],
  ['are empty', '', /lack lines of member 0/],
])('logs that %s are refused although they are the same', (_, log, sentence) => {
  const verdict = judge(log, log, log)
  expect(verdict.equal).toBe(false)
  expect(verdict.difference).toMatch(sentence)
})

test('logs of nothing are equal', () => {
  expect(judgeLogs(new Map([[0, fileOf('')]]), new Uint8Array(0), 1)).toMatchObject({ equal: true })
})
