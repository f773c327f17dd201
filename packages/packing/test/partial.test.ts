import { expect, test } from 'vitest'
import { Partial } from '../src/partial.js'

test('a message takes at most twice the memory of what is here of it, whatever was announced', () => {
  const partial = new Partial(16 * 1024 * 1024, 1, new Uint8Array(1))
  for (let filled = 1; filled < 5000; filled += 70) {
    expect(partial.bytes.length).toBeLessThanOrEqual(2 * filled)
    partial.append(new Uint8Array(70))
  }
})

test('when nothing is missing the bytes are exactly the message', () => {
  const partial = new Partial(7, 1, Uint8Array.of(1, 2))
  partial.append(Uint8Array.of(3, 4, 5))
  expect(partial.missing).toBe(2)
  partial.append(Uint8Array.of(6, 7))
  expect(partial.missing).toBe(0)
  expect(partial.bytes).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6, 7))
})
