import type { Bytes, ProcessId, Transport } from '@testudo/core'
import { type ConformanceCase, expectThat } from './conformance-case.js'
import { type Ear, listen, until } from './ear.js'

/** One process of a group of transports: opened, not started. */
export interface TransportMember {
  readonly id: ProcessId
  readonly transport: Transport
}

/** The transport to be judged. */
export interface TransportSubject {
  /** For the names of the cases. */
  readonly name: string
  /**
   * Opens transports for so many new processes, each of which may connect to all others once they are started. Where
   * addresses have to be discovered (a port that the system chose), this is the place.
   */
  makeGroup(count: number): Promise<readonly TransportMember[]>
}

interface Party extends TransportMember {
  readonly ear: Ear
}

/** Frames sent by the cases that send many. */
const MANY = 300

/** The cases that a transport passes. Each opens a group of its own and closes it. */
export function transportConformance(subject: TransportSubject): readonly ConformanceCase[] {
  const each = (name: string, count: number, run: (parties: readonly Party[]) => Promise<void>): ConformanceCase => ({
    name: `${subject.name}: ${name}`,
    run: () => withParties(subject, count, run),
  })
  return [
    each('both ends hear of a connection before its first frame', 2, bothConnected),
    each('frames arrive whole, in order, from who sent them, in both directions', 3, wholeAndInOrder),
    each('the largest frame arrives', 2, largestFrame),
    each('what was handed over is not changed by later frames', 2, keptFrames),
    each('a frame to a stranger is dropped in silence', 2, stranger),
    each('a paused transport hands nothing over, and everything in order once it goes on', 3, paused),
    each('closing twice is closing once, and the peers hear of it', 2, closed),
    each('what was queued before closing arrives', 2, queuedThenClosed),
    each('a closed transport neither hears nor sends', 2, silentWhenClosed),
  ]
}

async function withParties(
  subject: TransportSubject,
  count: number,
  run: (parties: readonly Party[]) => Promise<void>,
): Promise<void> {
  const members = await subject.makeGroup(count)
  const parties = members.map((member) => ({ ...member, ear: listen() }))
  try {
    for (const { transport, ear } of parties) transport.start(ear)
    for (const { id, ear } of parties) {
      const others = parties.filter((party) => party.id !== id)
      await until('a connection with every peer', () => others.every((other) => ear.connected.has(other.id)))
    }
    await run(parties)
  } finally {
    await Promise.all(members.map(({ transport }) => transport.close()))
  }
}

function two(parties: readonly Party[]): readonly [Party, Party] {
  const [a, b] = parties
  expectThat(a !== undefined && b !== undefined, 'the factory made fewer transports than it was asked for')
  return [a, b]
}

async function bothConnected(parties: readonly Party[]): Promise<void> {
  const [a, b] = two(parties)
  expectThat(a.ear.connected.has(b.id) && b.ear.connected.has(a.id), 'an end did not hear of the connection')
  a.transport.send(b.id, numbered(0, 10))
  await until('the first frame', () => b.ear.from(a.id).length === 1)
  for (const { ear } of parties) expectThat(!ear.framesBeforeConnect, 'a frame came before `connect`')
}

async function wholeAndInOrder(parties: readonly Party[]): Promise<void> {
  for (let i = 0; i < MANY; i++) {
    for (const { id, transport } of parties) {
      for (const peer of parties) if (peer.id !== id) transport.send(peer.id, numbered(i, (i * 37) % 3000))
    }
  }
  for (const { id, ear } of parties) {
    for (const peer of parties) {
      if (peer.id === id) continue
      await until(`${MANY} frames from each peer`, () => ear.from(peer.id).length >= MANY)
      const frames = ear.from(peer.id)
      expectThat(frames.length === MANY, `${frames.length} frames arrived where ${MANY} were sent`)
      frames.forEach((frame, i) => {
        expectThat(same(frame, numbered(i, (i * 37) % 3000)), `frame ${i} of a peer arrived altered or out of order`)
      })
    }
  }
  const ids = new Set<string>(parties.map(({ id }) => id))
  for (const { ear } of parties)
    expectThat(
      ear.senders.every((id) => ids.has(id)),
      'a frame came from nobody',
    )
}

async function largestFrame(parties: readonly Party[]): Promise<void> {
  const [a, b] = two(parties)
  const frame = numbered(7, a.transport.guarantees.frameBytesMax)
  a.transport.send(b.id, frame)
  a.transport.send(b.id, numbered(8, 5))
  await until('the largest frame and the one behind it', () => b.ear.from(a.id).length === 2, LARGE_MS)
  expectThat(same(b.ear.from(a.id)[0], frame), 'the largest frame arrived altered')
}

/** The largest frame may be many megabytes on a busy machine. */
const LARGE_MS = 20_000

async function keptFrames(parties: readonly Party[]): Promise<void> {
  const [a, b] = two(parties)
  for (let i = 0; i < MANY; i++) a.transport.send(b.id, numbered(i, 500))
  await until('all frames', () => b.ear.from(a.id).length === MANY)
  b.ear.from(a.id).forEach((frame, i) => {
    expectThat(same(frame, numbered(i, 500)), `frame ${i} was changed after it had been handed over`)
  })
}

async function stranger(parties: readonly Party[]): Promise<void> {
  const [a, b] = two(parties)
  a.transport.send('ab'.repeat(32) as ProcessId, numbered(0, 10))
  a.transport.send(b.id, numbered(1, 10))
  await until('a frame behind the one that was dropped', () => b.ear.from(a.id).length === 1)
}

async function paused(parties: readonly Party[]): Promise<void> {
  const [a, b] = two(parties)
  const c = parties[2]
  expectThat(c !== undefined, 'the factory made fewer transports than it was asked for')
  b.transport.pause(true)
  for (let i = 0; i < MANY; i++) a.transport.send(b.id, numbered(i, 100))
  for (let round = 1; round <= 5; round++) {
    a.transport.send(c.id, numbered(round, 10))
    await until('a frame to a third process', () => c.ear.from(a.id).length === round)
    c.transport.send(a.id, numbered(round, 10))
    await until('its answer', () => a.ear.from(c.id).length === round)
  }
  expectThat(b.ear.from(a.id).length === 0, 'a paused transport handed a frame over')
  b.transport.pause(false)
  await until('the frames held back', () => b.ear.from(a.id).length === MANY)
  b.ear.from(a.id).forEach((frame, i) => {
    expectThat(same(frame, numbered(i, 100)), `frame ${i} arrived altered or out of order after a pause`)
  })
}

async function closed(parties: readonly Party[]): Promise<void> {
  const [a, b] = two(parties)
  await Promise.all([b.transport.close(), b.transport.close()])
  await b.transport.close()
  await until('the disconnection of the peer that closed', () => !a.ear.connected.has(b.id))
  a.transport.send(b.id, numbered(0, 10))
}

async function queuedThenClosed(parties: readonly Party[]): Promise<void> {
  const [a, b] = two(parties)
  for (let i = 0; i < MANY; i++) a.transport.send(b.id, numbered(i, 1000))
  await a.transport.close()
  await until('the frames queued before closing', () => b.ear.from(a.id).length === MANY)
}

async function silentWhenClosed(parties: readonly Party[]): Promise<void> {
  const [a, b] = two(parties)
  await b.transport.close()
  const heard = b.ear.senders.length
  a.transport.send(b.id, numbered(0, 10))
  b.transport.send(a.id, numbered(0, 10))
  await until('the disconnection of the peer that closed', () => !a.ear.connected.has(b.id))
  expectThat(b.ear.senders.length === heard, 'a closed transport handed a frame over')
  expectThat(a.ear.from(b.id).length === 0, 'a closed transport sent a frame')
}

/** A frame that says its number, and whose every byte depends on it and on its place. */
function numbered(number: number, length: number): Bytes {
  const frame = new Uint8Array(length)
  for (let i = 0; i < length; i++) frame[i] = number + 31 * i + (i >> 8)
  return frame
}

function same(a: Bytes | undefined, b: Bytes): boolean {
  return a !== undefined && a.length === b.length && a.every((byte, i) => byte === b[i])
}
