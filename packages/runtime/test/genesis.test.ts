import { type ProcessId, processIdOf } from '@testudo/core'
import { suite } from '@testudo/crypto'
import { expect, test } from 'vitest'
import { genesisView, systemClock } from '../src/index.js'

const [a, b, c] = [1, 2, 3].map((n) => processIdOf(new Uint8Array(32).fill(n))) as [ProcessId, ProcessId, ProcessId]
const hasher = suite()
const digest = (groupName: string, members: readonly ProcessId[]): string =>
  Buffer.from(genesisView({ groupName, members, hasher }).digest).toString('hex')

test('the first view has number 1 and its members in the order of their keys, however they are listed', () => {
  const view = genesisView({ groupName: 'g', members: [c, a, b], hasher })
  expect([view.id, view.members]).toEqual([1, [a, b, c]])
  expect(digest('g', [b, c, a])).toBe(digest('g', [a, b, c]))
})

test('its digest tells names and members apart, and is the same in all releases', () => {
  const digests = [digest('g', [a, b]), digest('g', [a, b, c]), digest('h', [a, b])]
  expect(new Set(digests).size).toBe(3)
  expect(digests[0]).toBe('065df6c65d2bb6f8110d4079430ed13e70cb5aa85bf29cf068174bc4b7e8da9c')
})

test('the system clock never rings early, and a cancelled alarm never rings', async () => {
  const at = (delayMs: number) => (systemClock.now() + delayMs) as ReturnType<typeof systemClock.now>
  let rang = 0
  const cancelled = systemClock.wake(at(1), () => rang++)
  cancelled.cancel()
  for (const delayMs of [0, 0.4, 1.3, 5]) {
    const due = at(delayMs)
    let within = true
    await new Promise<void>((resolve) => {
      systemClock.wake(due, () => {
        expect(within).toBe(false)
        expect(systemClock.now()).toBeGreaterThanOrEqual(due)
        resolve()
      })
      within = false
    })
  }
  expect(rang).toBe(0)
})
