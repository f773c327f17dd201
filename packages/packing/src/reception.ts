import { decode } from '@testudo/codec'
import { type Bytes, type Deliver, invariant, type ProcessId, type Step, type Suspect, type View } from '@testudo/core'
import type { PackingFaultCode } from './faults.js'
import { Marks } from './marks.js'
import { type First, isSound, type Label, type Last, type Middle, packet as packetCodec } from './packet.js'
import { Partial } from './partial.js'

/** What is known of one member in the view. */
interface Sender {
  readonly id: ProcessId
  /** How many of its messages were delivered: the `seq` of the last one. */
  delivered: number
  /** How often its half-received message was given up for lack of room. */
  restarts: number
  partial: Partial | undefined
  readonly marks: Marks
  /** What it was already suspected of. At most one of each code. */
  readonly reported: Set<PackingFaultCode>
}

/**
 * The receiving side in one view. It begins empty with every view, so that members who were there before and members
 * who have just joined know the same; and it changes only by what all are delivered in one order, so that it stays so.
 */
export class Reception {
  readonly view: View
  /** The most bytes of one message. */
  readonly #messageBytesMax: number
  /** The most bytes of all partial messages. */
  readonly #reassemblyBytesMax: number
  /** Up to this a message has its room whatever the others send. */
  readonly #share: number
  /** The members. */
  readonly #senders: ReadonlyMap<ProcessId, Sender>
  /** The bytes that all partial messages together will have. */
  #reserved = 0
  /** How many fragmented messages were begun. */
  #begun = 0

  constructor(view: View, limits: { readonly messageBytesMax: number; readonly reassemblyBytesMax: number }) {
    this.view = view
    this.#messageBytesMax = limits.messageBytesMax
    this.#reassemblyBytesMax = limits.reassemblyBytesMax
    this.#share = Math.floor(limits.reassemblyBytesMax / view.members.length)
    this.#senders = new Map(view.members.map((id) => [id, newSender(id)]))
  }

  /** How often a member's half-received message was given up. The member itself then sends it once more. */
  restartsOf(member: ProcessId): number {
    return this.#senders.get(member)?.restarts ?? 0
  }

  /** Whether a fragmented message of so many bytes would find room now. */
  hasRoomFor(total: number): boolean {
    return total <= this.#share || this.#reserved + total <= this.#reassemblyBytesMax
  }

  /** Unpacks a delivered packet: its messages, or a suspicion, or nothing. */
  receive({ sender, seq, payload }: Deliver): Step[] {
    const from = this.#senders.get(sender)
    invariant(from !== undefined, 'the layer below delivers only from members of the view')
    const packet = decode(packetCodec, payload)
    if (packet === undefined || !isSound(packet)) return this.#refuse(from, 'malformed-packet', 'no packet')
    if (this.#isAhead(packet, from)) return this.#refuse(from, 'malformed-packet', 'a label not reached yet')
    if (packet.view !== this.view.id || packet.restarts !== from.restarts) return [] // its sender packs it anew
    switch (packet.type) {
      case 'messages':
        return from.partial === undefined
          ? this.#deliver(from, seq, packet.messages)
          : this.#refuse(from, 'fragment-out-of-order', 'a message amid the fragments of another')
      case 'first':
        return this.#first(from, packet)
      case 'middle':
        return this.#middle(from, packet)
      case 'last':
        return this.#last(from, seq, packet)
    }
  }

  /** The packets of a member up to `packet` are stable: up to which message that is, or 0 for nothing new. */
  stable(member: ProcessId, packet: number): number {
    return this.#senders.get(member)?.marks.take(packet) ?? 0
  }

  /**
   * Whether a packet bears a label from the future. No honest one does: its sender was handed the view, or the loss,
   * before it wrote the packet, so the packet is delivered after them. A label of the past is no fault: the packet
   * was written before, and delivered after.
   */
  #isAhead(label: Label, from: Sender): boolean {
    return label.view > this.view.id || (label.view === this.view.id && label.restarts > from.restarts)
  }

  #first(from: Sender, { total, fragment }: First): Step[] {
    if (total > this.#messageBytesMax) return this.#refuse(from, 'message-too-large', `a message of ${total} bytes`)
    if (from.partial !== undefined) return this.#refuse(from, 'fragment-out-of-order', 'a first fragment amid another')
    if (!this.#makeRoom(from, total)) return []
    from.partial = new Partial(total, ++this.#begun, fragment)
    this.#reserved += total
    return []
  }

  #middle(from: Sender, { fragment }: Middle): Step[] {
    const partial = from.partial
    if (partial === undefined || fragment.length >= partial.missing) {
      return this.#refuse(from, 'fragment-out-of-order', 'a middle fragment that continues nothing')
    }
    partial.append(fragment)
    return []
  }

  #last(from: Sender, seq: number, { fragment, messages }: Last): Step[] {
    const partial = from.partial
    if (partial === undefined || fragment.length !== partial.missing) {
      return this.#refuse(from, 'fragment-out-of-order', 'a last fragment that completes nothing')
    }
    partial.append(fragment)
    this.#drop(from)
    return this.#deliver(from, seq, [partial.bytes, ...messages])
  }

  /** The hot loop: hands the messages of one packet up. */
  #deliver(from: Sender, packet: number, messages: readonly Bytes[]): Step[] {
    const max = this.#messageBytesMax
    for (const message of messages) {
      if (message.length > max) return this.#refuse(from, 'message-too-large', `a message of ${message.length} bytes`)
    }
    const view = this.view.id
    const sender = from.id
    const steps: Step[] = []
    let seq = from.delivered
    for (const payload of messages) steps.push({ type: 'deliver', view, sender, seq: ++seq, payload })
    from.delivered = seq
    from.marks.add(packet, seq)
    return steps
  }

  /**
   * Finds room for a message that begins; false if there is none. While there is too much, the message over its share
   * of the room that was begun last is given up, and its sender sends it again later. So a message within its share
   * is never given up, and the one over its share that was begun first is the last to go.
   */
  #makeRoom(from: Sender, total: number): boolean {
    while (this.#reserved + total > this.#reassemblyBytesMax) {
      const youngest = total > this.#share ? from : this.#youngestOverShare()
      youngest.restarts++
      if (youngest === from) return false
      this.#drop(youngest)
    }
    return true
  }

  #youngestOverShare(): Sender {
    let youngest: Sender | undefined
    let begun = 0
    for (const sender of this.#senders.values()) {
      const partial = sender.partial
      if (partial === undefined || partial.total <= this.#share || partial.begun < begun) continue
      youngest = sender
      begun = partial.begun
    }
    invariant(youngest !== undefined, 'as long as nobody is over their share, the shares fit')
    return youngest
  }

  /** Drops the packet and what it may have continued, and asks, once a code, that its sender be removed. */
  #refuse(from: Sender, code: PackingFaultCode, detail: string): Step[] {
    this.#drop(from)
    if (from.reported.has(code)) return []
    from.reported.add(code)
    const suspect: Suspect = { type: 'suspect', view: this.view.id, fault: { culprit: from.id, code, detail } }
    return [suspect]
  }

  #drop(from: Sender): void {
    this.#reserved -= from.partial?.total ?? 0
    from.partial = undefined
  }
}

function newSender(id: ProcessId): Sender {
  return { id, delivered: 0, restarts: 0, partial: undefined, marks: new Marks(), reported: new Set() }
}
