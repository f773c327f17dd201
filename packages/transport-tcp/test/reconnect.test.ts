import { BACKOFF_MS_MAX, BACKOFF_MS_MIN } from '@testudo/transport-tcp'
import { expect, test } from 'vitest'
import { backoffMs } from '../src/dialler.js'
import { HELLO } from '../src/hello.js'
import { WARNING_WINDOW_MS, WARNINGS_MAX } from '../src/limits.js'
import { type TcpWarning, WarningGate } from '../src/warnings.js'
import { closed, connected, identity, Log, open, tlsClient, utf8 } from './support.js'

test('a process that closes and starts again at the same address is dialled until it is there', async () => {
  const { a, b, atA, idB } = await connected()
  const { address } = b
  await b.close()
  await atA.hears('disconnect')
  await atA.hears('!dial-failed')
  const again = await open(identity(1), [identity(0)], {}, address)
  const atAgain = new Log()
  again.start(atAgain)
  await atA.hears('connect', 2)
  a.send(idB, utf8('hello again'))
  await atAgain.hears('hello again')
  expect(atA.words).toEqual(['connect', 'disconnect', '!dial-failed', 'connect'])
})

test('a newer connection of a peer replaces the old one: first disconnect, then connect', async () => {
  const b = await open(identity(1), [identity(0)], { deadPeerMs: 60_000 })
  const log = new Log()
  b.start(log)
  const old = tlsClient(b.address, identity(0))
  old.write(HELLO)
  await log.hears('connect')
  await new Promise((resolve) => setTimeout(resolve, 50)) // longer than REPLACE_MS_MIN: what this test is not about
  const newer = tlsClient(b.address, identity(0))
  newer.write(HELLO)
  newer.write(Uint8Array.of(0, 0, 0, 1, 65))
  await Promise.all([closed(old), log.hears('A')])
  expect(log.words).toEqual(['connect', 'disconnect', 'connect', 'A'])
  expect(newer.closed).toBe(false)
})

test('a peer that connects again at once is refused, so that it cannot make us connect without end', async () => {
  const b = await open(identity(1), [identity(0)])
  const log = new Log()
  b.start(log)
  const sockets = Array.from({ length: 8 }, () => tlsClient(b.address, identity(0)))
  await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('secureConnect', resolve))))
  for (const socket of sockets) socket.write(HELLO)
  await log.hears('!reconnect-too-soon')
  expect(log.count('connect')).toBeLessThan(4)
})

test('the wait between attempts doubles up to its maximum, and at least half of it is certain', () => {
  expect([0, 1, 2, 5, 6, 50, 5000].map((attempt) => backoffMs(attempt, 1))).toEqual([
    BACKOFF_MS_MIN,
    2 * BACKOFF_MS_MIN,
    4 * BACKOFF_MS_MIN,
    1600,
    BACKOFF_MS_MAX,
    BACKOFF_MS_MAX,
    BACKOFF_MS_MAX,
  ])
  expect(backoffMs(3, 0)).toBe(backoffMs(3, 1) / 2)
})

test('a queue over its limit costs the connection, with a warning, and a new one comes up', async () => {
  const { a, b, atA, atB, idB } = await connected({ queueBytesMax: 20_000_000 })
  b.pause(true)
  for (let i = 0; i < 10; i++) a.send(idB, new Uint8Array(4_000_000))
  await atA.hears('connect', 2)
  b.pause(false)
  a.send(idB, utf8('again'))
  await atB.hears('again')
  expect(atA.words).toEqual(['connect', '!queue-full', 'disconnect', 'connect'])
})

test('heartbeats keep a connection up that has nothing to say', async () => {
  const { atA, atB } = await connected({ heartbeatMs: 20, deadPeerMs: 200 })
  await new Promise((resolve) => setTimeout(resolve, 600)) // three times the limit: nothing must happen meanwhile
  expect([atA.words, atB.words]).toEqual([['connect'], ['connect']])
})

test('a peer is not taken for dead because this process was paused, or because it paused itself', async () => {
  const { a, b, atA, atB, idB } = await connected({ heartbeatMs: 20, deadPeerMs: 200 })
  b.pause(true)
  a.send(idB, utf8('late'))
  await new Promise((resolve) => setTimeout(resolve, 600))
  b.pause(false)
  await atB.hears('late')
  expect([atA.words, atB.words]).toEqual([['connect'], ['connect', 'late']])
})

test('a peer is not taken for dead because this process was stopped itself', async () => {
  const { a, atA, atB, idB } = await connected({ heartbeatMs: 20, deadPeerMs: 200 })
  const until = performance.now() + 600
  while (performance.now() < until); // both ends are in this process: neither can send or read
  a.send(idB, utf8('still here'))
  await atB.hears('still here')
  expect([atA.words, atB.words]).toEqual([['connect'], ['connect', 'still here']])
})

test('a connected peer that falls silent is dropped, and whoever dialled it dials again', async () => {
  const limits = { heartbeatMs: 20, deadPeerMs: 100 }
  const b = await open(identity(1), [identity(0)], limits)
  const log = new Log()
  b.start(log)
  const silent = tlsClient(b.address, identity(0))
  silent.write(HELLO)
  await Promise.all([closed(silent), log.hears('disconnect')])
  expect(log.words).toEqual(['connect', '!peer-silent', 'disconnect'])
})

test('warnings over the limit are counted, and the count is told with the next window’s first', () => {
  const passed: TcpWarning[] = []
  const gate = new WarningGate((warning) => passed.push(warning))
  for (let i = 0; i < WARNINGS_MAX + 7; i++) gate.warn({ code: 'handshake-failed', message: `${i}` }, i)
  gate.warn({ code: 'bad-hello', message: 'another code' }, 20)
  expect(passed.length).toBe(WARNINGS_MAX + 1)
  gate.warn({ code: 'handshake-failed', message: 'later' }, WARNING_WINDOW_MS)
  expect(passed.at(-1)?.message).toBe('later (7 more were left out)')
})
