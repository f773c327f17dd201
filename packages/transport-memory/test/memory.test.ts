import { FRAME_COST_BYTES, memoryNetwork } from '@testudo/transport-memory'
import { expect, test } from 'vitest'
import { enter, settle, until, utf8 } from './support.js'

test('every two processes that have started are told of each other once', async () => {
  const network = memoryNetwork()
  const [a, b, c] = [await enter(network, 'a'), await enter(network, 'b'), await enter(network, 'c')]
  expect(a.heard).toEqual([]) // nobody is called from within start
  await settle()
  expect([a.heard.sort(), b.heard.sort(), c.heard.sort()]).toEqual([
    ['+b', '+c'],
    ['+a', '+c'],
    ['+a', '+b'],
  ])
})

test('frames arrive in order, in a later turn, as copies', async () => {
  const network = memoryNetwork()
  const [a, b] = [await enter(network, 'a'), await enter(network, 'b')]
  await settle()
  const bytes = utf8('0')
  for (let i = 0; i < 10; i++) {
    bytes[0] = 48 + i
    a.transport.send(b.id, bytes)
  }
  a.transport.send(b.id, utf8(''))
  expect(b.heard).toEqual(['+a'])
  await settle()
  expect(b.heard).toEqual(['+a', ...Array.from({ length: 10 }, (_, i) => `a: ${i}`), 'a: '])
})

test('a frame sent before the process was told of the connection, to itself or to a stranger, is dropped', async () => {
  const network = memoryNetwork()
  const [a, b] = [await enter(network, 'a'), await enter(network, 'b')]
  a.transport.send(b.id, utf8('early'))
  await settle()
  a.transport.send(a.id, utf8('me'))
  await settle()
  expect([a.heard, b.heard]).toEqual([['+b'], ['+a']])
})

test('a frame over the limit is the caller’s mistake', async () => {
  const network = memoryNetwork({ frameBytesMax: 4 })
  const [a, b] = [await enter(network, 'a'), await enter(network, 'b')]
  await settle()
  expect(a.transport.guarantees).toEqual({ ordered: true, authenticated: true, frameBytesMax: 4 })
  expect(() => a.transport.send(b.id, utf8('12345'))).toThrow(expect.objectContaining({ code: 'frame-too-large' }))
})

test('a paused process is handed no frame, is told of connections, and hears the frames when it goes on', async () => {
  const network = memoryNetwork()
  const [a, b] = [await enter(network, 'a'), await enter(network, 'b')]
  await settle()
  b.transport.pause(true)
  a.transport.send(b.id, utf8('1'))
  a.transport.send(b.id, utf8('2'))
  await enter(network, 'c')
  await settle()
  expect(b.heard).toEqual(['+a', '+c'])
  b.transport.pause(false)
  await settle()
  expect(b.heard).toEqual(['+a', '+c', 'a: 1', 'a: 2'])
})

test('a process that pauses while it is handed a frame is handed no more of them', async () => {
  const network = memoryNetwork()
  const a = await enter(network, 'a')
  const b = await enter(network, 'b', () => b.transport.pause(true))
  await settle()
  for (const text of ['1', '2']) a.transport.send(b.id, utf8(text))
  await settle()
  expect(b.heard).toEqual(['+a', 'a: 1'])
})

test('disconnect loses what is on its way, and reconnect makes a new connection', async () => {
  const network = memoryNetwork()
  const [a, b] = [await enter(network, 'a'), await enter(network, 'b')]
  await settle()
  a.transport.send(b.id, utf8('lost'))
  network.disconnect(b.id, a.id)
  await settle()
  a.transport.send(b.id, utf8('lost too'))
  network.reconnect(a.id, b.id)
  network.reconnect(a.id, b.id)
  await settle()
  a.transport.send(b.id, utf8('found'))
  await settle()
  expect([a.heard, b.heard]).toEqual([
    ['+b', '-b', '+b'],
    ['+a', '-a', '+a', 'a: found'],
  ])
})

test('two that are kept apart are not connected when one starts again', async () => {
  const network = memoryNetwork()
  const [a, b] = [await enter(network, 'a'), await enter(network, 'b')]
  network.disconnect(a.id, b.id)
  await b.transport.close()
  const again = await enter(network, 'b')
  await settle()
  expect([a.heard, again.heard]).toEqual([[], []])
})

test('close lets what was sent arrive, then disconnects, and tells the closed process nothing more', async () => {
  const network = memoryNetwork()
  const [a, b] = [await enter(network, 'a'), await enter(network, 'b')]
  await settle()
  b.transport.pause(true)
  a.transport.send(b.id, utf8('last words'))
  b.transport.send(a.id, utf8('too late'))
  await a.transport.close()
  await a.transport.close()
  const again = await enter(network, 'a')
  await settle()
  expect(b.heard).toEqual(['+a'])
  b.transport.pause(false)
  await settle()
  expect(b.heard).toEqual(['+a', 'a: last words', '-a', '+a'])
  expect([a.heard, again.heard]).toEqual([['+b'], ['+b']])
})

test('a queue over its limit breaks the connection with a warning, and a new one comes up', async () => {
  const network = memoryNetwork({ queueBytesMax: 2 * (FRAME_COST_BYTES + 5) })
  const [a, b] = [await enter(network, 'a'), await enter(network, 'b')]
  await settle()
  b.transport.pause(true)
  a.transport.send(b.id, utf8('12345'))
  a.transport.send(b.id, utf8('67890'))
  a.transport.send(b.id, utf8(''))
  await settle()
  expect(a.heard).toEqual(['+b', '!queue-full b', '-b', '+b'])
  b.transport.pause(false)
  a.transport.send(b.id, utf8('again'))
  await until(() => b.heard.length === 4)
  expect(b.heard).toEqual(['+a', '-a', '+a', 'a: again'])
})

test('a process cannot be in a network twice, nor start twice, nor start after close', async () => {
  const network = memoryNetwork()
  const a = await enter(network, 'a')
  await expect(enter(network, 'a')).rejects.toMatchObject({ code: 'address-in-use' })
  const handler = { receive() {}, connect() {}, disconnect() {}, warn() {} }
  expect(() => a.transport.start(handler)).toThrow(expect.objectContaining({ code: 'already-started' }))
  await a.transport.close()
  expect(() => a.transport.start(handler)).toThrow(expect.objectContaining({ code: 'closed' }))
  expect(() => memoryNetwork({ queueBytesMax: 0 })).toThrow(expect.objectContaining({ code: 'bad-limit' }))
})

test('a hundred thousand frames sent in one turn arrive in order', async () => {
  const network = memoryNetwork()
  const [a, b] = [await enter(network, 'a'), await enter(network, 'b')]
  await settle()
  for (let i = 0; i < 100_000; i++) a.transport.send(b.id, utf8(`${i}`))
  await until(() => b.heard.length === 100_001)
  expect(b.heard.every((line, i) => i === 0 || line === `a: ${i - 1}`)).toBe(true)
})
