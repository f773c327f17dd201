import openssl from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import type { Claim } from '@testudo/core'
import { processIdOf } from '@testudo/core'
import {
  createIdentity,
  HKDF_BYTES_MAX,
  KEYS_CACHED_MAX,
  MESSAGE_BYTES_MAX,
  nobleBackend,
  nodeBackend,
  RANDOM_BYTES_MAX,
  suite,
  VERIFY_IN_FLIGHT_MAX,
  VERIFY_SLICE,
} from '@testudo/crypto'
import { expect, test, vi } from 'vitest'
import { AdmittedKeys } from '../src/admission.js'
import { LruCache } from '../src/lru-cache.js'
import { backEnds, outcome } from './back-ends.js'

const identity = createIdentity()

function claims(count: number): readonly Claim[] {
  const bytes = new Uint8Array([1])
  return new Array<Claim>(count).fill({ signer: identity.id, bytes, signature: identity.signer.sign(bytes) })
}

test('a cache forgets what was not used for longest', () => {
  const forgotten: string[] = []
  const cache = new LruCache<number, string>(2, (value) => forgotten.push(value))
  cache.set(1, 'one')
  cache.set(2, 'two')
  expect(cache.get(1)).toBe('one')
  cache.set(3, 'three')
  expect(forgotten).toEqual(['two'])
  expect([cache.has(1), cache.has(2), cache.has(3), cache.size]).toEqual([true, false, true, 2])
})

test('KEYS_CACHED_MAX keys are remembered, inadmissible ones too, and a used one stays', () => {
  let prepared = 0
  const keys = new AdmittedKeys(() => ++prepared)
  expect(keys.get(identity.id)).toBe(1)
  for (let i = 0; i < KEYS_CACHED_MAX + 50; i++) {
    keys.get(processIdOf(openssl.createHash('sha256').update(String(i)).digest()))
    if (i % 100 === 0) keys.get(identity.id)
  }
  expect(keys.size).toBe(KEYS_CACHED_MAX)
  expect(keys.get(identity.id)).toBe(1)
})

test('texts that are no ids are not remembered, however long', () => {
  const keys = new AdmittedKeys(() => 1)
  expect(keys.get('ab'.repeat(1000) as typeof identity.id)).toBeUndefined()
  expect(keys.size).toBe(0)
})

test('VERIFY_IN_FLIGHT_MAX claims of a call are in the thread pool at a time', async () => {
  const backEnd = nodeBackend()
  let [inFlight, most] = [0, 0]
  const real = openssl.verify as (...args: unknown[]) => void
  const spy = vi.spyOn(openssl, 'verify').mockImplementation(((...args: unknown[]) => {
    most = Math.max(most, ++inFlight)
    const done = args.pop() as (error: Error | null, valid: boolean) => void
    real(...args, (error: Error | null, valid: boolean) => {
      inFlight--
      done(error, valid)
    })
  }) as typeof openssl.verify)
  const verdicts = await backEnd.verifyAll(claims(3 * VERIFY_IN_FLIGHT_MAX))
  spy.mockRestore()
  expect(verdicts).toEqual(new Array(3 * VERIFY_IN_FLIGHT_MAX).fill(true))
  expect(most).toBe(VERIFY_IN_FLIGHT_MAX)
})

test('noble lets a timer run after VERIFY_SLICE claims', async () => {
  const backEnd = nobleBackend()
  const verified = vi.spyOn(backEnd, 'verify')
  const atTimer = new Promise<number>((resolve) => setTimeout(() => resolve(verified.mock.calls.length), 0))
  await backEnd.verifyAll(claims(3 * VERIFY_SLICE))
  expect(await atTimer).toBeLessThanOrEqual(VERIFY_SLICE)
  expect(verified).toHaveBeenCalledTimes(3 * VERIFY_SLICE)
})

test.for(backEnds)('$name takes no byte string longer than MESSAGE_BYTES_MAX', (backEnd) => {
  const long = new Uint8Array(MESSAGE_BYTES_MAX + 1)
  const sealing = { cipher: 'aes-256-gcm', key: new Uint8Array(32), nonce: new Uint8Array(12) } as const
  const refused = { code: 'message-size' }
  const empty = new Uint8Array(0)
  expect(outcome(() => backEnd.signingKey(new Uint8Array(32)).sign(long))).toEqual(refused)
  expect(outcome(() => backEnd.sha256(long))).toEqual(refused)
  expect(outcome(() => backEnd.hmacSha256(long, empty))).toEqual(refused)
  expect(outcome(() => backEnd.hmacSha256(empty, long))).toEqual(refused)
  expect(outcome(() => backEnd.hkdfSha256({ secret: long, info: empty, length: 1 }))).toEqual(refused)
  expect(outcome(() => backEnd.hkdfSha256({ secret: empty, info: long, length: 1 }))).toEqual(refused)
  expect(outcome(() => backEnd.seal(sealing, long))).toEqual(refused)
  expect(outcome(() => backEnd.seal({ ...sealing, aad: long }, empty))).toEqual(refused)
  expect(backEnd.open({ ...sealing, aad: long }, new Uint8Array(16))).toBeUndefined()
  expect(backEnd.open(sealing, new Uint8Array(MESSAGE_BYTES_MAX + 17))).toBeUndefined()
  const [claim] = claims(1)
  expect(backEnd.verify({ ...(claim as Claim), bytes: long })).toBe(false)
})

test.for(backEnds)('$name derives HKDF_BYTES_MAX bytes and no more', (backEnd) => {
  const derivation = { secret: new Uint8Array(1), info: new Uint8Array(0) }
  expect(backEnd.hkdfSha256({ ...derivation, length: HKDF_BYTES_MAX })).toHaveLength(HKDF_BYTES_MAX)
  const more = outcome(() => backEnd.hkdfSha256({ ...derivation, length: HKDF_BYTES_MAX + 1 }))
  expect(more).toEqual({ code: 'output-length' })
})

test('RANDOM_BYTES_MAX bytes are drawn at once and no more', () => {
  expect(suite().bytes(RANDOM_BYTES_MAX)).toHaveLength(RANDOM_BYTES_MAX)
  for (const length of [RANDOM_BYTES_MAX + 1, -1, 1.5, Number.NaN]) {
    expect(outcome(() => suite().bytes(length))).toEqual({ code: 'random-length' })
  }
})

test('no source imports a module of Node but for its types, so that the package loads anywhere', () => {
  const folder = new URL('../src/', import.meta.url)
  for (const name of readdirSync(folder)) {
    expect(readFileSync(new URL(name, folder), 'utf8'), name).not.toMatch(/^import (?!type ).*'node:/m)
  }
})
