import { decode, encode } from '@testudo/codec'
import {
  type Effect as AnyEffect,
  type Bytes,
  type Deliver,
  type Input,
  type Instant,
  instant,
  invariant,
  type Layer,
  type ProcessId,
  rankOf,
  type Step,
  type View,
  type ViewEvent,
} from '@testudo/core'
import type { AtomicFaultCode } from './faults.js'
import { ORDER_AHEAD_MAX, ORDER_MAX, PENDING_BYTES_MAX, PENDING_MAX } from './limits.js'
import { type AtomicMessage, atomicMessage } from './messages.js'
import type { AtomicOptions } from './options.js'
import { OrderQueue } from './order-queue.js'
import { Outgoing } from './outgoing.js'
import { PendingQueue } from './pending-queue.js'

/** `order`: whether some message has waited for its order for too long. */
type AtomicTimer = 'order'
type Effect = AnyEffect<AtomicTimer>

const NO_ORDER: Bytes = new Uint8Array(0)

/**
 * Atomic multicast ([R94] 6): what reliable multicast gives, and Order, over reliable multicast. The member of rank 0
 * is the sequencer of a view.
 */
export function atomicMulticast(options: AtomicOptions): Layer {
  return new AtomicMulticast(options)
}

/** What there is to know in one view. */
interface Current {
  readonly view: View
  readonly self: number
  /** pending_i^x, by rank. */
  readonly pending: readonly PendingQueue[]
  /** order^x. */
  readonly order: OrderQueue
  /** senders^x; empty at all but the sequencer. */
  readonly senders: OrderQueue
  /** Members whose new multicasts nobody here helps along, because too much of theirs waits. */
  readonly held: Set<number>
  /** How many messages of each member were A-delivered, by rank. */
  readonly delivered: number[]
  /** Faults already reported, as 'rank code'. */
  readonly reported: Set<string>
  /** Multicasts of ours that carry an order and were not R-delivered yet. */
  ordersUnderWay: number
  /** A later view was received: nothing is ordered any more. */
  blocked: boolean
}

class AtomicMulticast implements Layer<AtomicTimer> {
  readonly #self: ProcessId
  readonly #orderMs: number
  /** The last view A-delivered; undefined before the first. */
  #current: Current | undefined
  #timerSet = false
  readonly #outgoing: Outgoing = new Outgoing()

  constructor({ self, orderMs = 6000 }: AtomicOptions) {
    this.#self = self
    this.#orderMs = orderMs
  }

  step(input: Input<AtomicTimer>, now: Instant): readonly Step<AtomicTimer>[] {
    switch (input.type) {
      case 'multicast':
        this.#outgoing.add(input.payload)
        return this.#send()
      case 'deliver':
        return this.#delivered(input, now)
      case 'block':
        return [input, ...(this.#current === undefined ? [] : this.#block(this.#current))]
      case 'view':
        return this.#viewChanged(input)
      case 'timeout':
        return this.#overdue(now)
      default:
        return [input]
    }
  }

  /**
   * [R94] 6 step 1: A-mcast(m) is R-mcast(a-msg: m).
   *
   * DEVIATION: what the sequencer has to say of the order rides on its own message (step 3a), which stands last in that
   * order itself: under load an order costs no multicast, and a message of the sequencer never waits for one.
   */
  #multicast(payload: Bytes): Effect {
    const current = this.#current
    if (current === undefined || current.blocked || !isSequencer(current.self)) {
      return multicast({ type: 'a-msg', order: NO_ORDER, payload })
    }
    current.ordersUnderWay++
    return multicast({ type: 'a-msg', order: current.senders.take(ORDER_MAX), payload })
  }

  /** What waits goes out, as far as there is room. */
  #send(): readonly Effect[] {
    const effects: Effect[] = []
    for (let next = this.#outgoing.next(); next !== undefined; next = this.#outgoing.next()) {
      effects.push(this.#multicast(next))
    }
    return effects
  }

  /** R-deliver(p_i, m). */
  #delivered({ sender, payload }: Deliver, now: Instant): readonly Effect[] {
    const current = this.#current
    invariant(current !== undefined, 'messages are R-delivered in views')
    const rank = rankOf(current.view, sender)
    invariant(rank !== undefined, 'messages of a view are those of its members')
    const message = decode(atomicMessage, payload)
    if (message === undefined) return this.#suspect(current, rank, 'malformed')
    if (rank === current.self && isSequencer(rank) && current.ordersUnderWay > 0) current.ordersUnderWay--
    const effects = [
      ...(message.order.length > 0 || message.type === 'order' ? this.#order(current, rank, message.order) : []),
      ...(message.type === 'a-msg' ? this.#message(current, rank, message.payload, now) : []),
    ]
    effects.push(...this.#deliverInOrder(current), ...this.#holdBack(current))
    return [...effects, ...this.#send(), ...this.#sendOrder(current)]
  }

  /** [R94] 6 steps 2a, 2b and 2c: m waits on pending_i, is listed by the sequencer, and does not wait for too long. */
  #message(current: Current, rank: number, payload: Bytes, now: Instant): readonly Effect[] {
    ;(current.pending[rank] as PendingQueue).push(payload, now)
    // A message of the sequencer stands last in the order that it carries: it never needs another.
    if (isSequencer(rank)) current.order.push(rank)
    else if (isSequencer(current.self)) current.senders.push(rank)
    if (this.#timerSet) return []
    this.#timerSet = true
    return [{ type: 'set-timer', timer: 'order', at: instant(now + this.#orderMs) }]
  }

  /**
   * [R94] 6 steps 3a and 3b: the sequencer tells the order it has chosen and not told yet, and begins a new list.
   * At once when nothing of its own is under way that could carry it, else when that is delivered: batches grow with load.
   */
  #sendOrder(current: Current): readonly Effect[] {
    if (current.blocked || current.ordersUnderWay > 0 || current.senders.length === 0) return []
    current.ordersUnderWay++
    return [multicast({ type: 'order', order: current.senders.take(ORDER_MAX) })]
  }

  /** [R94] 6 step 4: an order of the sequencer joins order^x, but for those who are not members. */
  #order(current: Current, rank: number, order: Bytes): readonly Effect[] {
    if (!isSequencer(rank)) return this.#suspect(current, rank, 'not-sequencer')
    let stranger = false
    for (const ordered of order) {
      if (ordered < current.view.members.length) current.order.push(ordered)
      else stranger = true
    }
    return stranger ? this.#suspect(current, rank, 'bad-order') : []
  }

  /** [R94] 6 steps 5a, 5b and 5c: A-deliver what is at the head of order^x, from its queue, as far as both go. */
  #deliverInOrder(current: Current): readonly Effect[] {
    const effects: Effect[] = []
    for (;;) {
      const rank = current.order.peek()
      const payload = rank === undefined ? undefined : current.pending[rank]?.shift()
      if (rank === undefined || payload === undefined) return effects
      current.order.shift()
      effects.push(this.#deliver(current, rank, payload))
    }
  }

  /** [R94] 6 step 6c: a view is A-delivered after all that was left of the one before, and everything begins anew. */
  #viewChanged(event: ViewEvent): readonly Effect[] {
    const effects = this.#current === undefined ? [] : this.#deliverUnordered(this.#current)
    const self = rankOf(event.view, this.#self)
    invariant(self !== undefined, 'a process is a member of the views that it is given')
    const queues = event.view.members.map(() => new PendingQueue())
    this.#current = {
      view: event.view,
      self,
      pending: queues,
      order: new OrderQueue(),
      senders: new OrderQueue(),
      held: new Set(),
      delivered: event.view.members.map(() => 0),
      reported: new Set(),
      ordersUnderWay: 0,
      blocked: false,
    }
    return [...effects, event, ...this.#send()]
  }

  /** [R94] 6 steps 6a and 6b: what has no order is A-delivered by the rank of its sender. */
  #deliverUnordered(current: Current): readonly Effect[] {
    return current.pending.flatMap((queue, rank) => {
      const effects: Effect[] = []
      for (let payload = queue.shift(); payload !== undefined; payload = queue.shift()) {
        effects.push(this.#deliver(current, rank, payload))
      }
      return effects
    })
  }

  #deliver(current: Current, rank: number, payload: Bytes): Effect {
    if (rank === current.self) this.#outgoing.arrived()
    const seq = (current.delivered[rank] as number) + 1
    current.delivered[rank] = seq
    const sender = current.view.members[rank] as ProcessId
    return { type: 'deliver', view: current.view.id, sender, seq, payload }
  }

  /**
   * [R94] 6 step 2c: remove(x, seq), when a message was not A-delivered in time.
   *
   * DEVIATION: one timer, for the message that has waited longest; the sequencer does not ask to remove itself; and
   * nobody is suspected once a later view was received. From then on the sequencer may not order (step 3), and what is
   * left waits for the view, that is for all survivors, and not for the sequencer.
   */
  #overdue(now: Instant): readonly Effect[] {
    this.#timerSet = false
    const current = this.#current
    if (current === undefined || current.blocked) return []
    const waiting = current.pending.map(({ since }) => since).filter((since) => since !== undefined)
    if (waiting.length === 0) return []
    const oldest = Math.min(...waiting)
    const late = oldest + this.#orderMs <= now
    this.#timerSet = true
    const at = instant(late ? now + this.#orderMs : oldest + this.#orderMs)
    return [
      ...(late ? this.#suspect(current, SEQUENCER, 'withheld-order') : []),
      { type: 'set-timer', timer: 'order', at },
    ]
  }

  /**
   * A later view was received: nothing is ordered any more, and nobody held. All must be able to end this view, and one
   * whose messages the sequencer did not order has done nothing wrong.
   */
  #block(current: Current): readonly Effect[] {
    current.blocked = true
    const senders = current.view.members.filter((_, rank) => current.held.delete(rank))
    return senders.map((sender) => ({ type: 'hold', view: current.view.id, sender, held: false }))
  }

  /**
   * Backpressure: who has too much waiting here gets no help with more. What was echoed already still comes.
   *
   * DEVIATION: the queues of [R94] 6 have no bounds.
   */
  #holdBack(current: Current): readonly Effect[] {
    if (current.blocked) return []
    return current.pending.flatMap((queue, rank) => {
      const fill = Math.max(
        queue.length / PENDING_MAX,
        queue.bytes / PENDING_BYTES_MAX,
        rank === SEQUENCER ? current.order.length / ORDER_AHEAD_MAX : 0,
      )
      const held = current.held.has(rank)
      if (held ? fill > 0.5 : fill < 1) return []
      if (held) current.held.delete(rank)
      else current.held.add(rank)
      const sender = current.view.members[rank] as ProcessId
      return [{ type: 'hold', view: current.view.id, sender, held: !held } as const]
    })
  }

  #suspect(current: Current, rank: number, code: AtomicFaultCode): readonly Effect[] {
    const key = `${rank} ${code}`
    if (rank === current.self || current.reported.has(key)) return []
    current.reported.add(key)
    const culprit = current.view.members[rank] as ProcessId
    return [{ type: 'suspect', view: current.view.id, fault: { culprit, code } }]
  }
}

/** The rank of the sequencer: any rule that all members share would do ([R94] 6). */
const SEQUENCER = 0

function isSequencer(rank: number): boolean {
  return rank === SEQUENCER
}

function multicast(message: AtomicMessage): Effect {
  return { type: 'multicast', payload: encode(atomicMessage, message) }
}
