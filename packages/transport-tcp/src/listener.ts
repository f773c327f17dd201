import { createServer, type Server, type Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import { TransportError } from '@testudo/core'
import { Handshake, type HandshakeEnd, type Judge } from './handshake.js'
import type { TcpLimits } from './limits.js'
import type { TcpAddress } from './options.js'
import { acceptTls } from './secure.js'
import type { TcpWarning } from './warnings.js'

/** Who hears what a listener hears. */
export interface ListenerOwner {
  readonly judge: Judge
  up(end: Extract<HandshakeEnd, { type: 'up' }>): void
  warn(warning: TcpWarning): void
}

/** Takes connections in and brings those of listed peers up. What is under way is bounded by `pendingMax`. */
export class Listener {
  readonly address: TcpAddress
  readonly #server: Server
  readonly #context: SecureContext
  readonly #limits: TcpLimits
  /** Sockets that came before `start`; nothing of them is read. */
  #waiting: Set<Socket> = new Set()
  /** Handshakes under way, and the raw sockets they are on. */
  readonly #pending = new Map<Handshake, Socket>()
  #owner: ListenerOwner | undefined

  private constructor(server: Server, listen: TcpAddress, context: SecureContext, limits: TcpLimits) {
    this.#server = server
    this.#context = context
    this.#limits = limits
    const bound = server.address()
    this.address = bound !== null && typeof bound === 'object' ? { host: bound.address, port: bound.port } : listen
    server.on('connection', (socket) => this.#accept(socket))
    // After listening has begun: a failed accept, for example with no file descriptor left.
    server.on('error', (error) => this.#owner?.warn({ code: 'accept-failed', message: error.message }))
  }

  /** Listens. Rejects with a `TransportError`: `address-in-use`, `address-not-available`, `permission`, `listen-failed`. */
  static open(listen: TcpAddress, context: SecureContext, limits: TcpLimits): Promise<Listener> {
    const server = createServer({ pauseOnConnect: true, noDelay: true })
    return new Promise((resolve, reject) => {
      const failed = (error: NodeJS.ErrnoException): void => reject(listenError(listen, error))
      server.once('error', failed)
      server.listen({ host: listen.host, port: listen.port }, () => {
        server.off('error', failed)
        resolve(new Listener(server, listen, context, limits))
      })
    })
  }

  /** Begins with handshakes, with the sockets that waited first. */
  start(owner: ListenerOwner): void {
    this.#owner = owner
    const waiting = this.#waiting
    this.#waiting = new Set()
    for (const socket of waiting) this.#begin(socket, owner)
  }

  /** Stops listening and drops what is under way. Resolves when every socket taken in is closed, those up as well. */
  close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const socket of this.#waiting) socket.destroy()
    for (const handshake of this.#pending.keys()) handshake.abandon()
    this.#pending.clear()
    return closed
  }

  #accept(socket: Socket): void {
    socket.on('error', () => socket.destroy()) // the TLS socket on it reports; a waiting one has nothing to report
    if (this.#owner !== undefined) {
      this.#begin(socket, this.#owner)
      return
    }
    if (this.#waiting.size >= this.#limits.pendingMax) drawn([...this.#waiting])?.destroy()
    this.#waiting.add(socket)
    socket.on('close', () => this.#waiting.delete(socket))
  }

  #begin(socket: Socket, owner: ListenerOwner): void {
    if (socket.destroyed) return
    if (this.#pending.size >= this.#limits.pendingMax) this.#evict()
    const handshake = new Handshake(
      (secure) => acceptTls(socket, this.#context, secure),
      owner.judge,
      this.#limits.handshakeMsMax,
      (end) => {
        this.#pending.delete(handshake)
        if (end.type === 'up') owner.up(end)
        else owner.warn(end.warning)
      },
    )
    this.#pending.set(handshake, socket)
  }

  /** Makes room for one more. A client of ours speaks first, and at once: who is silent is most likely a stranger. */
  #evict(): void {
    const all = [...this.#pending]
    const silent = all.filter(([, socket]) => socket.bytesRead === 0)
    const [handshake] = drawn(silent.length > 0 ? silent : all) ?? []
    handshake?.refuse('too-many-pending', `more than ${this.#limits.pendingMax} connections were under way`)
  }
}

/** One of them by lot: whoever could foresee it could keep somebody out. */
function drawn<T>(from: readonly T[]): T | undefined {
  return from[Math.floor(Math.random() * from.length)]
}

function listenError({ host, port }: TcpAddress, error: NodeJS.ErrnoException): TransportError {
  const at = `${host}:${port}`
  switch (error.code) {
    case 'EADDRINUSE':
      return new TransportError('address-in-use', `cannot listen at ${at}: the address is in use`, {
        cause: error,
        hint: 'end the other program, or give another port',
      })
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new TransportError('address-not-available', `cannot listen at ${at}: this machine has no such address`, {
        cause: error,
        hint: 'give 0.0.0.0, or an address of this machine',
      })
    case 'EACCES':
    case 'EPERM':
      return new TransportError('permission', `cannot listen at ${at}: not permitted`, {
        cause: error,
        hint: 'ports below 1024 need a privilege: give a higher one',
      })
    default:
      return new TransportError('listen-failed', `cannot listen at ${at}: ${error.message}`, { cause: error })
  }
}
