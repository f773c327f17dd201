import { type Bytes, equalBytes, type Instant, instant, type ProcessId, type Receive } from '@testudo/core'
import type { LinkFaultCode } from './faults.js'
import { type Ack, type Data, type Frame, type Hello, isNone, NONE } from './frames.js'
import { Greeting } from './greeting.js'
import { Inbox } from './inbox.js'
import { BURST_FRAMES_MAX, FAULTS_PER_PEER_MAX } from './limits.js'
import { Outbox, type Outgoing } from './outbox.js'
import { Pace } from './pace.js'
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
  /** When to send again. */
  readonly #pace: Pace
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

  constructor(peer: ProcessId, shared: Shared) {
    this.peer = peer
    this.#shared = shared
    this.#window = new Window(shared.ordered)
    this.#pace = new Pace(shared.ordered)
    this.#greeting = new Greeting(shared.nonce)
    this.#up = !shared.ordered
  }

  /** When `due` wants to be called. */
  get dueAt(): Instant | undefined {
    const greetAt = this.#greeting.dueAt
    if (greetAt === undefined) return this.#resendAt
    return this.#resendAt === undefined || greetAt < this.#resendAt ? greetAt : this.#resendAt
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
    this.#synced = false
    this.#resendAt = undefined
    this.#greet(turn)
  }

  disconnected(turn: Turn): void {
    if (this.#told) turn.inner.push({ type: 'disconnect', peer: this.peer })
    this.#told = false
    if (!this.#shared.ordered) return // only a hint: frames may still get through
    this.#up = false
    this.#synced = false
    this.#resendAt = undefined
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
    if (frame.type === 'ack') this.#resendMissing(frame, turn)
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
    if (this.#resendAt === undefined || this.#resendAt > turn.now) return
    this.#pace.timedOut()
    const end = this.#outbox.first + Math.min(this.#outbox.inFlight, this.#window.burst)
    for (let seq = this.#outbox.first; seq < end; seq++) this.#again(this.#outbox.at(seq) as Outgoing, turn)
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
    this.#synced = false
    this.#resendAt = undefined
    this.#inbox.clear()
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
    const newest = this.#outbox.acknowledge(ack)
    if (newest === undefined) return true
    this.#pace.progress(newest, turn.now)
    this.#wait(turn)
    if (this.#overflowing && this.#outbox.halfEmpty) {
      this.#overflowing = false
      turn.inner.push({ type: 'connect', peer: this.peer }) // frames were dropped: the layers above repair
    }
    return true
  }

  /** Sends again what the peer misses and what had time enough to arrive. */
  #resendMissing(ack: Ack, turn: Turn): void {
    let seq = ack.ack + 1
    let left = BURST_FRAMES_MAX
    for (let run = 0; run < ack.runs.length; run++) {
      const end = seq + (ack.runs[run] as number)
      if (run % 2 === 1) seq = end // these are there
      for (; seq < end && left > 0; seq++) {
        const entry = this.#outbox.at(seq)
        if (entry === undefined) return
        if (entry.sentAt + this.#pace.resendMs > turn.now) continue
        this.#again(entry, turn)
        left--
      }
    }
  }

  /** Sends what was not sent yet, as far as the window allows. */
  #transmit(turn: Turn): void {
    if (!this.#synced) return
    for (
      let entry = this.#outbox.next();
      entry !== undefined && this.#window.isOpen(this.#outbox);
      entry = this.#outbox.next()
    ) {
      this.#frame(entry)
      this.#again(entry, turn)
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

  #again(entry: Outgoing, turn: Turn): void {
    entry.tries++
    entry.sentAt = turn.now
    turn.effects.push({ type: 'send', to: [this.peer], bytes: entry.bytes })
  }

  /** Starts the time-out of what is in flight anew. */
  #wait(turn: Turn): void {
    const waits = this.#synced && this.#outbox.inFlight > 0
    this.#resendAt = waits ? instant(turn.now + this.#pace.timeoutMs) : undefined
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
