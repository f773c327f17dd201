import { connect as connectPlain, type Socket } from 'node:net'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import type { Bytes, Identity, ProcessId, TransportHandler } from '@testudo/core'
import { createIdentity, tlsCredentials } from '@testudo/crypto'
import { type TcpAddress, type TcpLimits, type TcpTransport, tcp } from '@testudo/transport-tcp'
import { onTestFinished } from 'vitest'

const WAIT_MS = 10_000

/** One thing a handler was told. */
export type Heard =
  | { readonly type: 'connect' | 'disconnect'; readonly peer: ProcessId }
  | { readonly type: 'frame'; readonly peer: ProcessId; readonly bytes: Bytes }
  | { readonly type: 'warn'; readonly code: string; readonly peer: ProcessId | undefined; readonly message: string }

/** A handler that keeps what it is told. */
export class Log implements TransportHandler {
  readonly heard: Heard[] = []
  #watchers: (() => void)[] = []

  receive(peer: ProcessId, bytes: Bytes): void {
    this.#add({ type: 'frame', peer, bytes })
  }
  connect(peer: ProcessId): void {
    this.#add({ type: 'connect', peer })
  }
  disconnect(peer: ProcessId): void {
    this.#add({ type: 'disconnect', peer })
  }
  warn({ code, peer, message }: Parameters<TransportHandler['warn']>[0]): void {
    this.#add({ type: 'warn', code, peer, message })
  }

  /** What was heard, in words: `connect`, `disconnect`, a frame's text, `!code`. */
  get words(): string[] {
    return this.heard.map((heard) => wordOf(heard))
  }

  count(word: string): number {
    return this.words.filter((heard) => heard === word).length
  }

  /** Waits until something holds of what was heard, or fails after a deadline. */
  async until(holds: (log: Log) => boolean, waitMs: number = WAIT_MS): Promise<void> {
    const deadline = performance.now() + waitMs
    while (!holds(this)) {
      const left = deadline - performance.now()
      if (left <= 0) throw new Error(`not within ${waitMs} ms; heard: ${this.words.slice(-30).join(', ')}`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        this.#watchers.push(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    }
  }

  /** Waits until a word was heard so many times. */
  hears(word: string, times = 1): Promise<void> {
    return this.until((log) => log.count(word) >= times)
  }

  #add(heard: Heard): void {
    this.heard.push(heard)
    const watchers = this.#watchers
    this.#watchers = []
    for (const watcher of watchers) watcher()
  }
}

function wordOf(heard: Heard): string {
  if (heard.type === 'frame') return new TextDecoder().decode(heard.bytes)
  return heard.type === 'warn' ? `!${heard.code}` : heard.type
}

const SEEDED = [1, 2, 3, 4, 5]
  .map((seed) => ({ seed, identity: createIdentity({ seed: new Uint8Array(32).fill(seed) }) }))
  .sort((a, b) => (a.identity.id < b.identity.id ? -1 : 1))

/** Five identities in the order of their ids: those before dial those after. */
export function identity(place: number): Identity {
  return (SEEDED[place] as (typeof SEEDED)[number]).identity
}

/** The byte that the seed of the identity of a place consists of. */
export function seedOf(place: number): number {
  return (SEEDED[place] as (typeof SEEDED)[number]).seed
}

export const LOCAL: TcpAddress = { host: '127.0.0.1', port: 0 }

/** Opens a transport that is closed when the test is over. Peers without an address never need one here. */
export async function open(
  self: Identity,
  peers: readonly (Identity | readonly [Identity, TcpAddress])[],
  limits: Partial<TcpLimits> = {},
  listen: TcpAddress = LOCAL,
): Promise<TcpTransport> {
  const listed = peers.map((peer) => ('id' in peer ? [peer.id, LOCAL] : [peer[0].id, peer[1]]))
  const transport = await tcp({ listen, peers: Object.fromEntries(listed), limits }).open(self)
  onTestFinished(() => transport.close())
  return transport
}

/** Two transports that are connected: the one that dialled, and the one that was dialled. */
export async function connected(
  limits: Partial<TcpLimits> = {},
): Promise<{ a: TcpTransport; b: TcpTransport; atA: Log; atB: Log; idA: ProcessId; idB: ProcessId }> {
  const b = await open(identity(1), [identity(0)], limits)
  const a = await open(identity(0), [[identity(1), b.address]], limits)
  const [atA, atB] = [new Log(), new Log()]
  b.start(atB)
  a.start(atA)
  await Promise.all([atA.hears('connect'), atB.hears('connect')])
  return { a, b, atA, atB, idA: identity(0).id, idB: identity(1).id }
}

/** A raw TCP connection, whose errors nobody minds. */
export function plain({ host, port }: TcpAddress): Socket {
  const socket = connectPlain({ host, port })
  socket.on('error', () => {})
  socket.on('data', () => {})
  onTestFinished(() => void socket.destroy())
  return socket
}

/** A TLS client with the key of an identity, or without one, that says what it likes. */
export function tlsClient(address: TcpAddress, self: Identity | undefined, options: ConnectionOptions = {}): TLSSocket {
  const credentials = self === undefined ? {} : tlsCredentials(self)
  const socket = connect({ ...address, ...credentials, rejectUnauthorized: false, minVersion: 'TLSv1.3', ...options })
  socket.on('error', () => {})
  socket.on('data', () => {})
  onTestFinished(() => void socket.destroy())
  return socket
}

/** Waits until a socket is closed, for whatever reason. */
export function closed(socket: Socket): Promise<void> {
  if (socket.closed) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the socket was not closed within ${WAIT_MS} ms`)), WAIT_MS)
    socket.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

export function utf8(text: string): Bytes {
  return new TextEncoder().encode(text)
}
