import type { SecureContext } from 'node:tls'
import {
  type Bytes,
  type ProcessId,
  type Transport,
  type TransportGuarantees,
  type TransportHandler,
  UsageError,
} from '@testudo/core'
import { Channel, type ChannelOwner } from './channel.js'
import { Dialler } from './dialler.js'
import type { HandshakeEnd } from './handshake.js'
import { CLOSE_MS_MAX, REPLACE_MS_MIN } from './limits.js'
import type { Listener } from './listener.js'
import type { TcpAddress, TcpConfig } from './options.js'
import { type TcpWarning, WarningGate } from './warnings.js'

/** A transport over TCP and TLS that listens already. */
export interface TcpTransport extends Transport {
  /** Where it listens, with the real port if 0 was asked for. */
  readonly address: TcpAddress
}

/** One process's end of all its connections: at most one with each peer, the lower id of the two having dialled. */
export class TcpEndpoint implements TcpTransport {
  readonly guarantees: TransportGuarantees
  readonly address: TcpAddress
  readonly #self: ProcessId
  readonly #config: TcpConfig
  readonly #context: SecureContext
  readonly #listener: Listener
  /** The connections that are up. */
  readonly #channels = new Map<ProcessId, Channel>()
  /** One for each peer that this process dials. */
  readonly #diallers = new Map<ProcessId, Dialler>()
  /** When each peer that dials was last let in, for `REPLACE_MS_MIN`. Bounded by the list of peers. */
  readonly #letIn = new Map<ProcessId, number>()
  #handler: TransportHandler | undefined
  #gate: WarningGate | undefined
  #paused = false
  #closing: Promise<void> | undefined

  constructor(self: ProcessId, config: TcpConfig, context: SecureContext, listener: Listener) {
    this.#self = self
    this.#config = config
    this.#context = context
    this.#listener = listener
    this.address = listener.address
    this.guarantees = { ordered: true, authenticated: true, frameBytesMax: config.limits.frameBytesMax }
  }

  start(handler: TransportHandler): void {
    if (this.#closing !== undefined) throw new UsageError('closed', 'start: this transport was closed')
    if (this.#handler !== undefined) throw new UsageError('already-started', 'start: this transport was started before')
    this.#handler = handler
    this.#gate = new WarningGate((warning) => handler.warn(warning))
    this.#listener.start({
      judge: (peer) => this.#judge(peer),
      up: (end) => this.#letPeerIn(end),
      warn: (warning) => this.#warn(warning),
    })
    for (const [peer, address] of this.#config.peers) if (peer > this.#self) this.#call(peer, address)
  }

  send(to: ProcessId, bytes: Bytes): void {
    const { frameBytesMax } = this.guarantees
    if (bytes.length > frameBytesMax) {
      throw new UsageError('frame-too-large', `send: a frame of ${bytes.length} bytes; at most ${frameBytesMax}`)
    }
    if (this.#closing === undefined) this.#channels.get(to)?.send(bytes)
  }

  pause(paused: boolean): void {
    this.#paused = paused
    for (const channel of this.#channels.values()) channel.pause(paused)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    for (const dialler of this.#diallers.values()) dialler.stop()
    const listening = this.#listener.close()
    const channels = [...this.#channels.values()]
    this.#channels.clear()
    await Promise.all(channels.map((channel) => channel.close(CLOSE_MS_MAX)))
    await listening
  }

  #call(peer: ProcessId, address: TcpAddress): void {
    const dialler = new Dialler({
      peer,
      address,
      context: this.#context,
      handshakeMsMax: this.#config.limits.handshakeMsMax,
      up: (end) => this.#up(end),
      warn: (warning) => this.#warn(warning),
    })
    this.#diallers.set(peer, dialler)
    dialler.dial()
  }

  /** Whether somebody who connected, and has proven a key, may. */
  #judge(peer: ProcessId): TcpWarning | undefined {
    if (!this.#config.peers.has(peer) || peer === this.#self) {
      return { code: 'unlisted-key', message: `somebody connected with the key ${peer}` }
    }
    if (peer > this.#self) {
      return { code: 'wrong-direction', peer, message: 'a peer with a higher id connected: the lower one dials' }
    }
    return undefined
  }

  #letPeerIn(end: Extract<HandshakeEnd, { type: 'up' }>): void {
    const { peer, socket } = end
    const now = performance.now()
    const before = this.#letIn.get(peer)
    if (before !== undefined && now - before < REPLACE_MS_MIN) {
      socket.destroy()
      this.#warn({ code: 'reconnect-too-soon', peer, message: `connected twice within ${REPLACE_MS_MIN} ms` })
      return
    }
    this.#letIn.set(peer, now)
    this.#up(end)
  }

  /** The newest connection of a peer is the one that counts: an older one is what is left of a process that died. */
  #up({ peer, socket, early }: Extract<HandshakeEnd, { type: 'up' }>): void {
    const old = this.#channels.get(peer)
    if (old !== undefined) {
      this.#channels.delete(peer)
      old.destroy()
      this.#handler?.disconnect(peer)
    }
    const channel = new Channel(peer, socket, this.#config.limits, this.#owner)
    this.#channels.set(peer, channel)
    channel.pause(this.#paused)
    this.#handler?.connect(peer)
    channel.start(early)
  }

  readonly #owner: ChannelOwner = {
    frame: (channel, bytes) => this.#handler?.receive(channel.peer, bytes),
    down: (channel, warning) => {
      if (this.#channels.get(channel.peer) !== channel) return
      this.#channels.delete(channel.peer)
      if (warning !== undefined) this.#warn(warning)
      this.#handler?.disconnect(channel.peer)
      if (this.#closing === undefined) this.#diallers.get(channel.peer)?.lost()
    },
  }

  #warn(warning: TcpWarning): void {
    if (this.#closing === undefined) this.#gate?.warn(warning)
  }
}
