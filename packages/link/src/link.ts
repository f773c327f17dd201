import {
  type Down,
  type Input,
  type Instant,
  instant,
  type Layer,
  type Prepared,
  type ProcessId,
  type Random,
  type Receive,
  type Send,
  type Step,
  type Up,
} from '@testudo/core'
import type { Authenticator } from './authenticator.js'
import { Channel, type Shared } from './channel.js'
import { fresh } from './frames.js'
import { ACK_DELAY_MS, ACK_DELAY_ORDERED_MS, LINK_PAYLOAD_BYTES_MAX, PEERS_HEARD_MAX, PEERS_MAX } from './limits.js'
import { Turn } from './turn.js'
import { type Opened, Wire } from './wire.js'

/** What a link needs to know about the transport below it. */
export interface LinkOptions {
  /** For the session and the nonces: they must be unpredictable. */
  readonly random: Random
  /** The transport's `guarantees.ordered`: whether nothing is lost or reordered while a connection lasts. */
  readonly ordered: boolean
  /** The transport's `guarantees.frameBytesMax`. */
  readonly frameBytesMax?: number
  /** Required unless the transport itself is authenticated. */
  readonly authenticator?: Authenticator
}

/**
 * Wraps a layer so that what it sends arrives at the counterpart's inner layer exactly once and in order per peer, for
 * as long as both incarnations live and the retransmission buffer holds. The inner layer hears `connect` when a channel
 * is up again and frames may have been lost with an incarnation or by an overflow. [W07] 3.1
 */
export function linked(inner: Layer, options: LinkOptions): Layer {
  return new Linked(inner, options)
}

/** The prefix of the inner layer's timers. Our own have no slash. */
const INNER = 'inner/'
/** Sends the acknowledgements that waited. */
const ACK = 'ack'
/** Sends again what was not answered. */
const RETRY = 'retry'

/** What `prepare` hands to `step`: the frame, and what the inner layer made of its payload. */
interface Read {
  readonly opened: Opened
  readonly input: Receive | undefined
}

class Linked implements Layer {
  /** The layer whose sends are carried. */
  readonly #inner: Layer
  readonly #shared: Shared
  /** One for each peer sent to or heard from. */
  readonly #channels = new Map<ProcessId, Channel>()
  /** Whether it was reported that there are too many peers. */
  #crowded = false
  /** Whether the acknowledgement timer runs. */
  #ackArmed = false
  /** When the retry timer fires, if it runs. */
  #retryAt: Instant | undefined

  constructor(inner: Layer, { random, ordered, frameBytesMax = LINK_PAYLOAD_BYTES_MAX, authenticator }: LinkOptions) {
    this.#inner = inner
    this.#shared = {
      session: fresh(random),
      ordered,
      wire: new Wire(frameBytesMax, authenticator),
      nonce: () => fresh(random),
    }
  }

  step(input: Input, now: Instant): readonly Step[] {
    const turn = new Turn(now)
    switch (input.type) {
      case 'receive':
        this.#receive(input, turn)
        break
      case 'timeout':
        this.#timeout(input.timer, turn)
        break
      case 'connect':
        this.#run(this.#channelOf(input.peer, PEERS_MAX), turn, (channel) => channel.connected(turn))
        break
      case 'disconnect':
        this.#run(this.#channels.get(input.peer), turn, (channel) => channel.disconnected(turn))
        break
      default:
        this.#stepInner(input, turn)
    }
    return turn.effects
  }

  prepare(input: Receive): Prepared {
    const opened = this.#shared.wire.open(input.from, input.bytes)
    let claims: Prepared['claims'] = []
    let inner = innerInput(input.from, opened)
    const news = inner !== undefined && typeof opened !== 'string' && opened.type === 'data'
    if (news && inner !== undefined && this.#channels.get(input.from)?.expects(opened) === true) {
      const prepared = this.#inner.prepare?.(inner)
      if (prepared !== undefined) {
        claims = prepared.claims
        inner = prepared.input
      }
    }
    const read: Read = { opened, input: inner }
    return { claims, input: { ...input, prepared: read } }
  }

  #receive(input: Receive, turn: Turn): void {
    const read = input.prepared as Read | undefined
    const opened = read === undefined ? this.#shared.wire.open(input.from, input.bytes) : read.opened
    if (opened === 'forged') return // nobody can be blamed for it
    this.#run(this.#channelOf(input.from, PEERS_HEARD_MAX), turn, (channel) => {
      if (opened === 'malformed') channel.malformed(turn)
      else channel.hear(opened, read === undefined ? innerInput(input.from, opened) : read.input, turn)
    })
  }

  /** Lets a channel act, then the inner layer, then acknowledges what no answer of the inner layer carried. */
  #run(channel: Channel | undefined, turn: Turn, act: (channel: Channel) => void): void {
    if (channel === undefined) return
    act(channel)
    for (const input of turn.inner) this.#stepInner(input, turn)
    turn.inner.length = 0
    if (channel.settle(turn)) this.#armAck(turn)
    this.#armRetry(channel.dueAt, turn)
  }

  #timeout(timer: string, turn: Turn): void {
    if (timer.startsWith(INNER)) {
      this.#stepInner({ type: 'timeout', timer: timer.slice(INNER.length) }, turn)
      return
    }
    if (timer === ACK) {
      this.#ackArmed = false
      for (const channel of this.#channels.values()) channel.acknowledge(turn)
      return
    }
    this.#retryAt = undefined
    for (const channel of this.#channels.values()) {
      if (channel.dueAt !== undefined && channel.dueAt <= turn.now) channel.due(turn)
      this.#armRetry(channel.dueAt, turn)
    }
  }

  #stepInner(input: Input, turn: Turn): void {
    for (const effect of this.#inner.step(input, turn.now)) this.#route(effect, turn)
  }

  #route(effect: Step, turn: Turn): void {
    switch (effect.type) {
      case 'send':
        this.#send(effect, turn)
        return
      case 'set-timer':
        turn.effects.push({ ...effect, timer: INNER + effect.timer })
        return
      case 'clear-timer':
        turn.effects.push({ ...effect, timer: INNER + effect.timer })
        return
      case 'receive':
      case 'timeout':
      case 'connect':
      case 'disconnect':
      case 'start':
      case 'answer':
        return // handed back by a layer that is not concerned
      default:
        passes(effect)
        turn.effects.push(effect)
    }
  }

  #send({ to, bytes }: Send, turn: Turn): void {
    for (const peer of to) {
      const channel = this.#channelOf(peer, PEERS_MAX)
      if (channel === undefined) {
        if (!this.#crowded) turn.fault(peer, 'link-overflow', `more than ${PEERS_MAX} peers`)
        this.#crowded = true
        continue
      }
      channel.send(bytes, turn)
      this.#armRetry(channel.dueAt, turn)
    }
  }

  #channelOf(peer: ProcessId, max: number): Channel | undefined {
    const known = this.#channels.get(peer)
    if (known !== undefined) return known
    if (this.#channels.size >= max) return undefined
    const channel = new Channel(peer, this.#shared)
    this.#channels.set(peer, channel)
    return channel
  }

  #armAck(turn: Turn): void {
    if (this.#ackArmed) return
    this.#ackArmed = true
    const delay = this.#shared.ordered ? ACK_DELAY_ORDERED_MS : ACK_DELAY_MS
    turn.effects.push({ type: 'set-timer', timer: ACK, at: instant(turn.now + delay) })
  }

  /** One timer for all peers. It is never cleared: to find nothing due is cheaper than to clear it for each frame. */
  #armRetry(at: Instant | undefined, turn: Turn): void {
    if (at === undefined || (this.#retryAt !== undefined && this.#retryAt <= at)) return
    this.#retryAt = at
    turn.effects.push({ type: 'set-timer', timer: RETRY, at })
  }
}

function innerInput(from: ProcessId, opened: Opened): Receive | undefined {
  if (typeof opened === 'string' || opened.type !== 'data') return undefined
  return { type: 'receive', from, bytes: opened.payload }
}

/** Compiles only while every effect that is not routed by name is one that passes through unchanged. */
function passes(_: Up | Down | Extract<Step, { readonly type: 'ask' | 'fault' }>): void {}
