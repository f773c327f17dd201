import type { ProcessId } from '@testudo/core'
import { expect, test } from 'vitest'
import { reportLines } from '../src/demo/print.js'
import { Progress } from '../src/demo/progress.js'
import { type DemoReport, figures } from '../src/demo/report.js'

test('the figures are those of the slowest member and of all measured lines', () => {
  const first = { delivered: 100, elapsedMs: 500, latenciesMs: [4, 1, 2] }
  const second = { delivered: 100, elapsedMs: 1000, latenciesMs: [3, 9.87654] }
  expect(figures([first, second])).toEqual({ delivered: 100, messagesPerSecond: 100, p50Ms: 3, p99Ms: 9.877 })
})

test('nothing measured gives noughts, and less than ten a second is told to a tenth', () => {
  const nothing = { delivered: 0, elapsedMs: 0, latenciesMs: [] }
  expect(figures([nothing])).toEqual({ delivered: 0, messagesPerSecond: 0, p50Ms: 0, p99Ms: 0 })
  expect(figures([{ delivered: 1, elapsedMs: 2500, latenciesMs: [1] }]).messagesPerSecond).toBe(0.4)
})

test('progress is that of the slowest member', () => {
  const progress = new Progress([0, 1], 10)
  progress.moved(0, 10)
  expect(progress.share()).toBe(0)
  progress.moved(1, 5)
  expect(progress.share()).toBe(0.5)
  progress.moved(1, 12) // a liar's lines come on top
  expect(progress.share()).toBe(1)
  expect(new Progress([0], 0).share()).toBe(1)
})

test('work at which nobody moves is given up, work that ends is not', async () => {
  const progress = new Progress([0, 1], 10)
  const never = new Promise<never>(() => {})
  await expect(progress.watch(never, 20)).rejects.toThrow(
    /no member delivered a line for 0.02 s; the slowest has 0 of 10/,
  )
  expect(await progress.watch(Promise.resolve('done'), 20)).toBe('done')
})

test('logs that are not equal are announced as such, and evidence that does not hold is too', () => {
  const id = 'ab'.repeat(32) as ProcessId
  const report: DemoReport = {
    equal: false,
    difference: 'the log of member 1 differs',
    logs: [],
    members: [id],
    liar: undefined,
    delivered: 0,
    messagesPerSecond: 0,
    p50Ms: 0,
    p99Ms: 0,
    faults: [
      { culprit: id, code: 'unheard-of', seenBy: [1], evidence: { kind: 'x', parts: ['00'], convinces: false } },
    ],
  }
  const text = reportLines(report).join('\n')
  expect(text).toContain('NOT EQUAL: the log of member 1 differs.')
  expect(text).toContain('member 0 (abababab…): unheard-of\n')
  expect(text).toContain('DOES NOT CONVINCE')
})
