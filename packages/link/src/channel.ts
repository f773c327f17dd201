import { type Bytes, equalBytes, type Instant, instant, type ProcessId, type Receive } from '@testudo/core'
import type { LinkFaultCode } from './faults.js'
import { type Ack, type Data, type Frame, type Hello, isNone, NONE } from './frames.js'
import { Greeting } from './greeting.js'
import { Inbox } from './inbox.js'
import { FAULTS_PER_PEER_MAX } from './limits.js'
import { Outbox, type Outgoing } from './outbox.js'
import { Sender } from './sender.js'
import type { Turn } from './turn.js'
import { Window } from './window.js'
import type { Wire } from './wire.js'

/** What all channels of one link share. */
export interface Shared {
  /** This incarnation. */
  readonly session: Bytes
  /** Whether the transport loses nothing while a connection lasts. */
  readonly ordered: boolean
  readonly wire: Wire
  /** A new unpredictable nonce. */
  readonly nonce: () => Bytes
}

/** Both directions between this process and one peer. */
export class Channel {
  readonly peer: ProcessId
  readonly #shared: Shared
  /** What the peer is owed. */
  readonly #outbox = new Outbox()
  /** What came from it. */
  readonly #inbox = new Inbox()
  /** How much may be in flight. */
  readonly #window: Window
  /** Sends, and sends again. */
  readonly #sender: Sender
  /** Our side of the greeting. */
  readonly #greeting: Greeting
  /** The incarnation of the peer that we know to have lived while we do, or `NONE`. */
  #peerSession: Bytes = NONE
  /** Whether a frame handed to the transport now may arrive. Lossy transports never say no. */
  #up: boolean
  /** Whether both sides agree on what was received, so that data may flow. */
  #synced = false
  /** Whether the inner layer believes that the channel is up. */
  #told = false
  /** Whether frames for this peer are being dropped. */
  #overflowing = false
  /** Faults reported about the peer. */
  #faults = 0
  /** When frames in flight count as lost. */
  #resendAt: Instant | undefined
  /** When more may be sent again, if something waits for that. */
  #affordableAt: Instant | undefined

  constructor(peer: ProcessId, shared: Shared) {
    this.peer = peer
    this.#shared = shared
    this.#window = new Window(shared.ordered)
    this.#sender = new Sender(peer, shared.ordered, this.#outbox, this.#window)
    this.#greeting = new Greeting(shared.nonce)
    this.#up = !shared.ordered
  }

  /** When `due` wants to be called. */
  get dueAt(): Instant | undefined {
    return earlier(this.#greeting.dueAt, earlier(this.#resendAt, this.#affordableAt))
  }

  /** Queues a payload of the inner layer, and sends it if it may go. */
  send(payload: Bytes, turn: Turn): void {
    if (payload.length > this.#shared.wire.payloadBytesMax) {
      this.#fault(
        turn,
        'link-too-large',
        `${payload.length} bytes, the maximum is ${this.#shared.wire.payloadBytesMax}`,
      )
      return
    }
    if (this.#overflowing) return
    if (!this.#outbox.hasRoom(payload.length)) {
      this.#overflowing = true
      turn.fault(this.peer, 'link-overflow', `${this.#outbox.frames} frames are not acknowledged`)
      return
    }
    this.#outbox.push(payload, turn.now)
    if (this.#synced) this.#transmit(turn)
    else if (this.#up && this.#greeting.dueAt === undefined) this.#greet(turn)
  }

  connected(turn: Turn): void {
    this.#up = true
    this.#unsync()
    this.#greet(turn)
  }

  disconnected(turn: Turn): void {
    if (this.#told) turn.inner.push({ type: 'disconnect', peer: this.peer })
    this.#told = false
    if (!this.#shared.ordered) return // only a hint: frames may still get through
    this.#up = false
    this.#unsync()
    this.#greeting.suspend()
  }

  /** A frame of the peer, or of somebody who recorded one. */
  hear(frame: Frame, input: Receive | undefined, turn: Turn): void {
    if (equalBytes(frame.session, this.#shared.session)) return // our own, sent back to us
    if (frame.type === 'hello') {
      this.#hearHello(frame, turn)
      return
    }
    if (!this.isCurrent(frame)) {
      this.#hearStranger(turn)
      return
    }
    if (!this.#acknowledged(frame.ack, turn)) return
    if (frame.type === 'ack') this.#sender.missing(frame, turn)
    else if (input !== undefined) this.#inbox.accept(frame.seq, input, (next) => turn.inner.push(next))
    this.#transmit(turn)
  }

  malformed(turn: Turn): void {
    this.#fault(turn, 'link-malformed', 'not a frame of a link')
  }

  /** Whether a frame belongs to the two incarnations that talk now. */
  isCurrent(frame: Data | Ack): boolean {
    return equalBytes(frame.session, this.#peerSession) && equalBytes(frame.peerSession, this.#shared.session)
  }

  /** Whether a frame would be news, so that reading it ahead pays. */
  expects(frame: Data): boolean {
    return this.isCurrent(frame) && frame.seq > this.#inbox.received
  }

  /** Acknowledges if it must be now. Returns whether something is left to acknowledge soon. */
  settle(turn: Turn): boolean {
    if (this.#inbox.owesNow) this.acknowledge(turn)
    return this.#inbox.owes
  }

  /** Acknowledges what no frame has carried yet. */
  acknowledge(turn: Turn): void {
    if (!this.#inbox.owes) return
    const ack = this.#inbox.received
    const runs = this.#inbox.runs()
    this.#inbox.acknowledged()
    if (!this.#up) return // the next greeting says it
    this.#out(turn, { type: 'ack', session: this.#shared.session, peerSession: this.#peerSession, ack, runs })
  }

  /** A time-out: greets again, or sends again what is not acknowledged. */
  due(turn: Turn): void {
    if (this.#greeting.dueAt !== undefined && this.#greeting.dueAt <= turn.now) this.#greet(turn)
    if (this.#affordableAt !== undefined && this.#affordableAt <= turn.now) this.#transmit(turn)
    if (this.#resendAt === undefined || this.#resendAt > turn.now) return
    this.#sender.timedOut(turn)
    this.#wait(turn)
  }

  /** Introduces ourselves and asks for a proof of life. */
  #greet(turn: Turn): void {
    this.#greeting.ask(turn.now, this.#outbox.frames > 0)
    this.#hello(turn, NONE)
  }

  #hello(turn: Turn, echo: Bytes): void {
    const { session } = this.#shared
    const received = this.#inbox.received
    this.#out(turn, {
      type: 'hello',
      session,
      peerSession: this.#peerSession,
      nonce: this.#greeting.nonce,
      echo,
      received,
    })
  }

  #hearHello(hello: Hello, turn: Turn): void {
    const proven = this.#greeting.answeredBy(hello.echo)
    const known = equalBytes(hello.session, this.#peerSession)
    const asks = !isNone(hello.nonce)
    if (proven && !known) this.#adopt(hello.session)
    if (asks && !proven && !known) this.#greeting.ask(turn.now, this.#outbox.frames > 0)
    if (asks) this.#hello(turn, hello.nonce) // before any data: the peer must know us to take it
    if (!proven) return
    if (equalBytes(hello.peerSession, this.#shared.session) && !this.#acknowledged(hello.received, turn)) return
    if (!this.#up || (known && this.#synced)) return
    this.#synced = true
    this.#told = true
    turn.inner.push({ type: 'connect', peer: this.peer })
    this.#outbox.rewind()
    if (this.#shared.ordered && this.#outbox.anySent) this.#window.narrow()
    this.#transmit(turn)
  }

  /** A frame of sessions that do not talk now: a peer that restarted, that has not heard of us, or a recording. */
  #hearStranger(turn: Turn): void {
    if (this.#up && this.#greeting.mayAsk(turn.now)) this.#greet(turn)
  }

  /** The peer is a new incarnation: what the old one was owed is void, its numbers too. */
  #adopt(session: Bytes): void {
    const first = isNone(this.#peerSession)
    this.#peerSession = session.slice()
    this.#unsync()
    this.#inbox.clear()
    this.#sender.clear()
    if (first) return // what waits was meant for whoever comes
    this.#outbox.clear()
    this.#overflowing = false
  }

  /** Returns whether the acknowledgement can be true. */
  #acknowledged(ack: number, turn: Turn): boolean {
    if (ack > this.#outbox.sentUpTo) {
      this.#fault(turn, 'link-bad-ack', `${ack}, but only ${this.#outbox.sentUpTo} were sent`)
      return false
    }
    const before = this.#outbox.inFlightBytes
    const newest = this.#outbox.acknowledge(ack)
    if (newest === undefined) return true
    this.#window.widen(before - this.#outbox.inFlightBytes)
    this.#sender.pace.progress(newest, turn.now)
    if (this.#synced) this.#sender.progressed(ack, turn)
    this.#wait(turn)
    if (this.#overflowing && this.#outbox.halfEmpty) {
      this.#overflowing = false
      turn.inner.push({ type: 'connect', peer: this.peer }) // frames were dropped: the layers above repair
    }
    return true
  }

  /** Sends what was not sent yet, as far as the window allows. */
  #transmit(turn: Turn): void {
    this.#affordableAt = undefined
    if (!this.#synced) return
    for (
      let entry = this.#outbox.next();
      entry !== undefined && this.#window.isOpen(this.#outbox);
      entry = this.#outbox.next()
    ) {
      this.#frame(entry)
      if (!this.#sender.send(entry, turn)) {
        this.#affordableAt = this.#sender.affordableAt(turn.now)
        break
      }
      this.#outbox.sent(entry)
    }
    if (this.#resendAt === undefined) this.#wait(turn)
  }

  #frame(entry: Outgoing): void {
    if (entry.framed) return
    const { session, wire } = this.#shared
    const { seq, bytes: payload } = entry
    const ack = this.#inbox.received
    entry.bytes = wire.seal(this.peer, { type: 'data', session, peerSession: this.#peerSession, seq, ack, payload })
    entry.framed = true
    if (this.#inbox.early === 0) this.#inbox.acknowledged()
  }

  /** No data may flow before the next greeting is answered. */
  #unsync(): void {
    this.#synced = false
    this.#resendAt = undefined
    this.#affordableAt = undefined
  }

  /** Starts the time-out of what is in flight anew. */
  #wait(turn: Turn): void {
    const waits = this.#synced && this.#outbox.inFlight > 0
    this.#resendAt = waits ? instant(turn.now + this.#sender.pace.timeoutMs) : undefined
  }

  #out(turn: Turn, frame: Frame): void {
    turn.effects.push({ type: 'send', to: [this.peer], bytes: this.#shared.wire.seal(this.peer, frame) })
  }

  #fault(turn: Turn, code: LinkFaultCode, detail: string): void {
    if (this.#faults === FAULTS_PER_PEER_MAX) return
    this.#faults++
    turn.fault(this.peer, code, detail)
  }
}

function earlier(a: Instant | undefined, b: Instant | undefined): Instant | undefined {
  return a === undefined || (b !== undefined && b < a) ? b : a
}
