import { encode } from '@testudo/codec'
import {
  type Deliver,
  type Input,
  invariant,
  type Layer,
  type Multicast,
  type Step,
  UsageError,
  type ViewEvent,
  type ViewId,
} from '@testudo/core'
import { type PackingOptions, type Settings, settingsOf } from './options.js'
import { type Label, packet as packetCodec } from './packet.js'
import { Reception } from './reception.js'
import { SendQueue } from './send-queue.js'

/**
 * Packs small messages into packets, fragments large ones, and lets only a few packets be under way at a time.
 * [SR98] 4.2. What the layer below promises of its multicasts, this layer promises of its messages; below it must be
 * one total order of messages and views.
 *
 * A message leaves at once when fewer than `packetsInFlight` packets are under way; else it waits, and leaves with the
 * others that wait when one of ours is delivered. No timer is involved.
 *
 * `multicast` throws a `UsageError`: `too-large` (over `messageBytesMax`), `overflow` (the queue is full), `view-given`
 * (the layer chooses the view itself) or `excluded`. The factory throws one with `packing-option`. A payload handed
 * down must not be changed before it is delivered; a payload handed up is a view of its packet: copy what is kept.
 */
export function packing(options: PackingOptions): Layer {
  return new Packing(settingsOf(options))
}

/** A packet of ours, handed down and not yet delivered. */
interface UnderWay extends Label {
  /** How many of our messages, since the beginning, are complete with it. */
  readonly packed: number
}

class Packing implements Layer {
  readonly #settings: Settings
  /** Our messages that are not yet delivered. */
  readonly #queue: SendQueue
  /** Our packets that are not yet delivered, oldest first. Those of an earlier label only take a place. */
  readonly #underWay: UnderWay[] = []
  /** The receiving side of the current view; none before the first. */
  #reception: Reception | undefined
  /** How often we have sent a message again in the current view, for lack of room. */
  #restarts = 0
  /** Whether a multicast would belong to a view that is not here yet. */
  #blocked = false
  /** Whether we are out of the group, for good. */
  #excluded = false

  constructor(settings: Settings) {
    this.#settings = settings
    this.#queue = new SendQueue(settings.packetBytesMax, settings.packetMessagesMax)
  }

  step(input: Input): readonly Step[] {
    switch (input.type) {
      case 'multicast':
        return this.#multicast(input)
      case 'deliver':
        return this.#deliver(input)
      case 'view':
        return this.#install(input)
      case 'block':
        this.#block(input.view)
        return [input]
      case 'stable':
        return this.#stable(input)
      case 'excluded':
        this.#excluded = true
        return [input]
      default:
        return [input]
    }
  }

  #multicast({ payload, view }: Multicast): Step[] {
    const { messageBytesMax, queueBytesMax, queueMessagesMax } = this.#settings
    const queue = this.#queue
    if (this.#excluded) throw new UsageError('excluded', 'this process is no longer a member of the group')
    if (view !== undefined) {
      throw new UsageError('view-given', `cannot multicast in view ${view}`, { hint: 'leave `view` out' })
    }
    if (payload.length > messageBytesMax) {
      const hint = 'split it, or raise messageBytesMax at every member'
      throw new UsageError('too-large', `${payload.length} bytes, the maximum is ${messageBytesMax}`, { hint })
    }
    if (queue.length >= queueMessagesMax || queue.bytes + payload.length > queueBytesMax) {
      const hint = 'wait until some are delivered'
      throw new UsageError('overflow', `${queue.length} messages, ${queue.bytes} bytes wait already`, { hint })
    }
    queue.push(payload)
    return this.#handDown([])
  }

  #deliver(packet: Deliver): Step[] {
    const reception = this.#reception
    invariant(reception?.view.id === packet.view, 'a packet is delivered in the view that was handed up last')
    if (packet.sender === this.#settings.self) this.#takeBack()
    const steps = reception.receive(packet)
    const restarts = reception.restartsOf(this.#settings.self)
    if (restarts !== this.#restarts) {
      this.#restarts = restarts
      this.#queue.rewind()
    }
    return this.#handDown(steps)
  }

  /** One of ours came back. The layer below is FIFO: it is the oldest. If it counted, its messages are done with. */
  #takeBack(): void {
    const packet = this.#underWay.shift()
    if (packet === undefined) return // of an earlier life under the same identity
    const counts = packet.view === this.#reception?.view.id && packet.restarts === this.#restarts
    if (counts) this.#queue.release(packet.packed)
  }

  /**
   * What was under way in the old view counts no more, wherever it is delivered, and is packed anew. A half-received
   * message is dropped and comes again from its first fragment: those who join now have not seen the rest of it.
   */
  #install(event: ViewEvent): Step[] {
    this.#reception = new Reception(event.view, this.#settings)
    this.#restarts = 0
    this.#blocked = false
    this.#queue.rewind()
    return this.#handDown([event])
  }

  /** What we handed down from now on would be delivered in the next view, and so would not count there: it waits. */
  #block(view: ViewId): void {
    if (view === this.#reception?.view.id) this.#blocked = true
  }

  /** Tells of messages what the layer below tells of packets. What is told of an earlier view is dropped. */
  #stable({ view, sender, seq }: Extract<Input, { readonly type: 'stable' }>): Step[] {
    const reception = this.#reception
    if (reception === undefined || view !== reception.view.id) return []
    const messages = reception.stable(sender, seq)
    return messages === 0 ? [] : [{ type: 'stable', view, sender, seq: messages }]
  }

  /** [SR98] 4.2: packs what waits, packet after packet, as long as there are places for them under way. */
  #handDown(steps: Step[]): Step[] {
    const reception = this.#reception
    if (reception === undefined || this.#blocked || this.#excluded) return steps
    while (this.#underWay.length < this.#settings.packetsInFlight) {
      const label: Label = { view: reception.view.id, restarts: this.#restarts }
      // Everybody would give it up at once. When there is room again, a delivery has made it, and we come by here.
      if (!reception.hasRoomFor(this.#queue.fragmentsNext)) break
      const packet = this.#queue.pack(label)
      if (packet === undefined) break
      this.#underWay.push({ view: label.view, restarts: label.restarts, packed: this.#queue.packed })
      steps.push({ type: 'multicast', payload: encode(packetCodec, packet) })
    }
    return steps
  }
}
