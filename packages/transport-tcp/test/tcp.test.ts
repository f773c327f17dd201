import { TransportError } from '@testudo/core'
import { tcp } from '@testudo/transport-tcp'
import { expect, test } from 'vitest'
import { connected, identity, LOCAL, Log, open, plain, utf8 } from './support.js'

test('two listed processes connect, and frames of any size arrive in order both ways', async () => {
  const { a, b, atA, atB, idA, idB } = await connected()
  const sizes = [0, 1, 100, 16_383, 16_384, 65_532, 65_536, 1_000_000, 4 * 1024 * 1024, 5]
  for (const [i, size] of sizes.entries()) {
    a.send(idB, new Uint8Array(size).fill(i))
    b.send(idA, new Uint8Array(size).fill(i + 100))
  }
  for (const [log, first, from] of [
    [atB, 0, idA],
    [atA, 100, idB],
  ] as const) {
    await log.until(({ heard }) => heard.length === 1 + sizes.length)
    const frames = log.heard.slice(1)
    for (const [i, frame] of frames.entries()) {
      if (frame.type !== 'frame') throw new Error(`heard ${frame.type}`)
      expect(frame.peer).toBe(from)
      expect(frame.bytes.length).toBe(sizes[i])
      expect(frame.bytes.every((byte) => byte === i + first)).toBe(true)
    }
  }
})

test('a process that connects before start waits until it starts', async () => {
  const b = await open(identity(1), [identity(0)])
  const a = await open(identity(0), [[identity(1), b.address]])
  const [atA, atB] = [new Log(), new Log()]
  a.start(atA)
  const probe = plain(b.address)
  await new Promise((resolve) => probe.once('connect', resolve)) // b's socket has accepted by now, a's call as well
  expect(atA.words).toEqual([])
  b.start(atB)
  await Promise.all([atA.hears('connect'), atB.hears('connect')])
})

test('a frame to oneself, to a stranger or without a connection is dropped', async () => {
  const { a, atB, idA, idB } = await connected()
  a.send(idA, utf8('me'))
  a.send(identity(4).id, utf8('nobody'))
  a.send(idB, utf8('you'))
  await atB.hears('you')
  expect(atB.words).toEqual(['connect', 'you'])
})

test('a frame over the limit is the caller’s mistake', async () => {
  const { a, idB } = await connected({ frameBytesMax: 10 })
  expect(a.guarantees).toEqual({ ordered: true, authenticated: true, frameBytesMax: 10 })
  expect(() => a.send(idB, new Uint8Array(11))).toThrow(expect.objectContaining({ code: 'frame-too-large' }))
})

test('a paused process is handed no frame, not even those that had arrived, and all of them when it goes on', async () => {
  const { a, b, atB, idB } = await connected()
  const receive = atB.receive.bind(atB)
  atB.receive = (peer, bytes) => {
    receive(peer, bytes)
    if (bytes[0] === 49) b.pause(true)
  }
  for (const text of ['0', '1', '2', '3']) a.send(idB, utf8(text))
  await atB.hears('1')
  a.send(idB, new Uint8Array(1_000_000))
  a.send(idB, utf8('4'))
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
  expect(atB.words).toEqual(['connect', '0', '1'])
  b.pause(false)
  await atB.hears('4')
  expect(atB.words.filter((word) => word.length === 1)).toEqual(['0', '1', '2', '3', '4'])
})

test('close writes what is queued, and the peer is told that the connection is gone', async () => {
  const { a, atA, atB, idB } = await connected()
  const last = new Uint8Array(3_000_000)
  a.send(idB, last)
  a.send(idB, utf8('last words'))
  await Promise.all([a.close(), a.close()])
  await atB.hears('disconnect')
  expect(atB.words.at(-2)).toBe('last words')
  expect(atA.words).toEqual(['connect'])
})

test('close ends in time though the peer does not read', async () => {
  const { a, b, atA, idB } = await connected({ deadPeerMs: 60_000 })
  b.pause(true)
  for (let i = 0; i < 15; i++) a.send(idB, new Uint8Array(4_000_000))
  const before = performance.now()
  await a.close()
  expect(performance.now() - before).toBeLessThan(2_000)
  expect(atA.words).toEqual(['connect'])
})

test('listening fails with a code', async () => {
  const b = await open(identity(1), [])
  const opening = open(identity(2), [], {}, b.address)
  await expect(opening).rejects.toMatchObject({ code: 'address-in-use', hint: expect.any(String) })
  await expect(opening).rejects.toBeInstanceOf(TransportError)
  const elsewhere = { host: '192.0.2.1', port: 0 }
  await expect(open(identity(2), [], {}, elsewhere)).rejects.toMatchObject({ code: 'address-not-available' })
})

function refused(code: string): unknown {
  return expect.objectContaining({ code, name: 'UsageError' })
}

test('options that cannot work are refused', async () => {
  const peers = { [identity(1).id]: LOCAL }
  expect(() => tcp({ listen: { host: '', port: 0 }, peers })).toThrow(refused('bad-address'))
  expect(() => tcp({ listen: { host: '127.0.0.1', port: 65_536 }, peers })).toThrow(refused('bad-address'))
  expect(() => tcp({ listen: LOCAL, peers: { bob: LOCAL } })).toThrow(refused('bad-peer'))
  expect(() => tcp({ listen: LOCAL, peers, limits: { pendingMax: 0 } })).toThrow(refused('bad-limit'))
  expect(() => tcp({ listen: LOCAL, peers, limits: { heartbeatMs: 3_000 } })).toThrow(refused('bad-limit'))
  await expect(tcp({ listen: LOCAL, peers }).open(identity(0))).rejects.toMatchObject({ code: 'bad-peer' })
})

test('a transport starts once, and not after close', async () => {
  const { a, b } = await connected()
  expect(() => a.start(new Log())).toThrow(expect.objectContaining({ code: 'already-started' }))
  const late = await open(identity(3), [])
  await late.close()
  expect(() => late.start(new Log())).toThrow(expect.objectContaining({ code: 'closed' }))
  b.send(identity(0).id, utf8('still here'))
})
