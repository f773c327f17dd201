import { type Bytes, isProcessId, type ProcessId, processIdBytes, processIdOf } from '@testudo/core'
import type { AgreementKey, Backend } from './backend.js'
import { type Counters, openFrame, sealFrame } from './direction.js'
import { CHANNEL_PEERS_MAX, CHANNELS_CACHED_MAX } from './limits.js'
import { LruCache } from './lru-cache.js'
import { type CryptoSuite, suite as defaultSuite } from './suite.js'
import { misuse } from './usage.js'

/** Who is at the other end. The caller has checked the peer's signature on its agreement key. */
export interface ChannelPeer {
  readonly id: ProcessId
  /** The peer's `Channels.publicKey`: 32 bytes, new in each of its epochs. */
  readonly agreement: Bytes
}

/** How channels are opened. */
export interface ChannelsOptions {
  readonly self: ProcessId
  /** What the keys are for, the same at both ends: for instance the group's name. Other contexts give other keys. */
  readonly context: Bytes
  /** How many channels keep their keys. `CHANNELS_CACHED_MAX` when absent. */
  readonly capacity?: number
  /** `suite()` when absent. Its random bytes give this epoch's secret. */
  readonly suite?: CryptoSuite
}

/**
 * Channels to other processes, one per peer, for one epoch of this process: from here to `close`, with one X25519 key
 * drawn at random. A channel costs one shared secret at each end and no message. Frames are secret, authentic,
 * bound to sender, receiver and context, and each opens once and none behind a later one. All frames of the epoch fall
 * to whoever learns either end's secret before `close`: that is how far forward secrecy goes.
 */
export interface Channels {
  /** This epoch's X25519 key, to be signed and given to the peers. */
  readonly publicKey: Bytes
  /** How many channels have their keys at hand. */
  readonly size: number
  /** How many shared secrets were computed so far: the cost that [GR00] counts. */
  readonly agreements: number
  /** Whether the channel's keys are at hand. */
  cached(peer: ChannelPeer): boolean
  /**
   * The next frame to this peer, `FRAME_OVERHEAD_BYTES` longer than its plaintext, or undefined if the peer's key is
   * good for nothing. Throws `channel-self`, `channel-exhausted`, `channel-peers`, `channel-closed`, `message-size`.
   */
  seal(peer: ChannelPeer, plaintext: Bytes, aad?: Bytes): Bytes | undefined
  /**
   * The plaintext of a frame from this peer, or undefined: forged, repeated, older than one opened before, under
   * another aad, or of a peer too many (`CHANNEL_PEERS_MAX`). Throws `channel-self`, `channel-closed`.
   */
  open(peer: ChannelPeer, frame: Bytes, aad?: Bytes): Bytes | undefined
  /** Wipes a channel's keys, not its counters. It comes back when used again. */
  drop(peer: ChannelPeer): void
  /** Ends the epoch: wipes everything, for ever. */
  close(): void
}

/** Begins an epoch of channels. Throws a `UsageError` (`channel-capacity`). */
export function openChannels(options: ChannelsOptions): Channels {
  return new CachedChannels(options)
}

interface Keys {
  readonly sealing: Bytes
  readonly opening: Bytes
}

interface Channel {
  readonly keys: Keys
  readonly counters: Counters
}

const DOMAIN: Bytes = new TextEncoder().encode('testudo/crypto/channel/1')
const EMPTY = new Uint8Array(0)

class CachedChannels implements Channels {
  readonly #self: ProcessId
  readonly #context: Bytes
  readonly #backend: Backend
  /** This epoch's key pair; gone when closed. */
  #own: AgreementKey | undefined
  readonly publicKey: Bytes
  /** By peer and agreement key. */
  readonly #keys: LruCache<string, Keys>
  /** By peer and agreement key, never forgotten within the epoch. */
  readonly #counters = new Map<string, Counters>()
  #agreements = 0

  constructor({ self, context, capacity = CHANNELS_CACHED_MAX, suite = defaultSuite() }: ChannelsOptions) {
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > CHANNEL_PEERS_MAX) {
      misuse('channel-capacity', `a capacity is 1 to ${CHANNEL_PEERS_MAX}, not ${capacity}`)
    }
    this.#self = self
    this.#context = context.slice()
    this.#backend = suite.backend
    this.#own = suite.backend.agreementKey(suite.bytes(32))
    this.publicKey = this.#own.publicKey
    this.#keys = new LruCache(capacity, wipe)
  }

  get size(): number {
    return this.#keys.size
  }

  get agreements(): number {
    return this.#agreements
  }

  cached(peer: ChannelPeer): boolean {
    return this.#keys.has(nameOf(peer))
  }

  seal(peer: ChannelPeer, plaintext: Bytes, aad: Bytes = EMPTY): Bytes | undefined {
    const channel = this.#channel(peer)
    if (channel === 'full') misuse('channel-peers', `an epoch has at most ${CHANNEL_PEERS_MAX} peers: begin another`)
    if (channel === undefined) return undefined
    return sealFrame(this.#backend, channel.keys.sealing, channel.counters, plaintext, aad)
  }

  open(peer: ChannelPeer, frame: Bytes, aad: Bytes = EMPTY): Bytes | undefined {
    const channel = this.#channel(peer)
    if (channel === undefined || channel === 'full') return undefined
    return openFrame(this.#backend, channel.keys.opening, channel.counters, frame, aad)
  }

  drop(peer: ChannelPeer): void {
    const keys = this.#keys.take(nameOf(peer))
    if (keys !== undefined) wipe(keys)
  }

  close(): void {
    for (const keys of this.#keys.values()) wipe(keys)
    this.#keys.clear()
    this.#counters.clear()
    this.#own = undefined
  }

  #channel(peer: ChannelPeer): Channel | 'full' | undefined {
    if (this.#own === undefined) misuse('channel-closed', 'these channels were closed')
    if (peer.id === this.#self) misuse('channel-self', 'a channel joins two processes')
    if (!isProcessId(peer.id) || peer.agreement.length !== 32) return undefined
    const name = nameOf(peer)
    const known = this.#counters.get(name)
    if (known === undefined && this.#counters.size >= CHANNEL_PEERS_MAX) return 'full'
    const keys = this.#keys.get(name) ?? this.#agree(this.#own, peer)
    if (keys === undefined) return undefined
    const counters = known ?? { sealed: 0, opened: 0 }
    this.#counters.set(name, counters)
    this.#keys.set(name, keys)
    return { keys, counters }
  }

  /** Derives the keys of a channel, new or fallen out of the cache: both ends come to the same ones. */
  #agree(own: AgreementKey, peer: ChannelPeer): Keys | undefined {
    this.#agreements++
    const secret = own.sharedSecret(peer.agreement)
    if (secret === undefined) return undefined
    const here = [processIdBytes(this.#self), own.publicKey]
    const there = [processIdBytes(peer.id), peer.agreement]
    const sealing = this.#derive(secret, [...here, ...there])
    const opening = this.#derive(secret, [...there, ...here])
    secret.fill(0)
    return { sealing, opening }
  }

  /** The key of one direction: sender's id and key, then the receiver's, each of 32 bytes, then the context. */
  #derive(secret: Bytes, ends: readonly Bytes[]): Bytes {
    const info = new Uint8Array([...ends, this.#context].flatMap((part) => [...part]))
    return this.#backend.hkdfSha256({ secret, salt: DOMAIN, info, length: 32 })
  }
}

function nameOf(peer: ChannelPeer): string {
  return peer.id + processIdOf(peer.agreement)
}

function wipe(keys: Keys): void {
  keys.sealing.fill(0)
  keys.opening.fill(0)
}
