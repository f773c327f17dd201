import {
  type Bytes,
  type Deliver,
  instant,
  type Layer,
  type ProcessId,
  type Removal,
  type Suspect,
  type Up,
  type View,
  viewId,
} from '@testudo/core'
import { type PackingOptions, packing } from '@testudo/packing'

/** The process number i. */
export function processOf(i: number): ProcessId {
  return i.toString(16).padStart(64, '0') as ProcessId
}

/** A view of these processes. */
export function viewOf(id: number, members: readonly ProcessId[]): View {
  return { id: viewId(id), members, digest: new Uint8Array(32) }
}

type Entry = Deliver | Extract<Up, { readonly type: 'view' }>

/** One member of the toy: what it was handed, and what it has asked for. */
export interface Member {
  readonly id: ProcessId
  readonly layer: Layer
  /** Packets accepted from it and not yet ordered. */
  readonly accepted: Bytes[]
  /** All that its layer handed up. */
  readonly heard: Up[]
  readonly suspects: Suspect[]
  /** The next entry of the log that it will hear. */
  position: number
  excluded: boolean
  /** The most packets of its own that were ever under way. */
  underWayMost: number
}

/**
 * A total order in one array: packets are appended in any interleaving of the senders, each sender's in its order, and
 * each member hears the array at its own pace. A packet belongs to the view that the array is in when it is appended,
 * which may be later than the one its sender was in.
 */
export class ToyOrder {
  readonly members = new Map<ProcessId, Member>()
  view: View
  readonly #options: Omit<PackingOptions, 'self'>
  readonly #log: Entry[] = []
  #seqs = new Map<ProcessId, number>()

  constructor(members: readonly ProcessId[], options: Omit<PackingOptions, 'self'> = {}) {
    this.#options = options
    this.view = viewOf(0, [])
    this.install(members)
  }

  member(id: ProcessId): Member {
    return this.members.get(id) as Member
  }

  multicast(id: ProcessId, payload: Bytes): void {
    this.#step(this.member(id), { type: 'multicast', payload })
  }

  /** Accepts bytes that no honest layer wrote. */
  inject(id: ProcessId, bytes: Bytes): void {
    this.member(id).accepted.push(bytes)
  }

  /** Orders the oldest accepted packet of a member. */
  order(id: ProcessId): boolean {
    const payload = this.view.members.includes(id) ? this.member(id).accepted.shift() : undefined
    if (payload === undefined) return false
    const seq = (this.#seqs.get(id) ?? 0) + 1
    this.#seqs.set(id, seq)
    this.#log.push({ type: 'deliver', view: this.view.id, sender: id, seq, payload })
    return true
  }

  /** Lets a member hear the next entry of the log. */
  advance(id: ProcessId): boolean {
    const member = this.member(id)
    const entry = this.#log[member.position]
    if (entry === undefined || member.excluded) return false
    member.position++
    if (entry.type === 'view' && !entry.view.members.includes(id)) {
      member.excluded = true
      this.#step(member, { type: 'excluded', view: entry.view.id, removal: { member: id, reason: 'a test' } })
    } else this.#step(member, entry)
    return true
  }

  /** Tells a member, if a view lies ahead of it, that it is blocked. */
  block(id: ProcessId): void {
    const member = this.member(id)
    const ahead = this.#log.slice(member.position).find((entry) => entry.type === 'view')
    const before = member.heard.findLast((up) => up.type === 'view')
    if (ahead === undefined || before === undefined || member.excluded) return
    this.#step(member, { type: 'block', view: before.view.id })
  }

  install(ids: readonly ProcessId[]): void {
    const before = this.view.members
    const joined = ids.filter((id) => !before.includes(id))
    const left: Removal[] = before.filter((id) => !ids.includes(id)).map((member) => ({ member, reason: 'a test' }))
    this.view = viewOf(this.view.id + 1, ids)
    this.#seqs = new Map()
    for (const id of joined) this.members.set(id, this.#newcomer(id))
    this.#log.push({ type: 'view', view: this.view, joined, left })
  }

  /** Orders and hears until nothing is left to do. */
  settle(): void {
    for (let busy = true; busy; ) {
      busy = false
      for (const id of this.members.keys()) {
        while (this.advance(id)) busy = true
        if (this.order(id)) busy = true
      }
    }
  }

  #newcomer(id: ProcessId): Member {
    const layer = packing({ ...this.#options, self: id })
    const position = this.#log.length
    const lists = { accepted: [], heard: [], suspects: [] }
    return { id, layer, ...lists, position, excluded: false, underWayMost: 0 }
  }

  #step(member: Member, input: Parameters<Layer['step']>[0]): void {
    for (const step of member.layer.step(input, instant(0))) {
      if (step.type === 'multicast') member.accepted.push(step.payload)
      else if (step.type === 'suspect') member.suspects.push(step)
      else member.heard.push(step as Up)
    }
    const ordered = this.#log.slice(member.position).filter((e) => e.type === 'deliver' && e.sender === member.id)
    member.underWayMost = Math.max(member.underWayMost, member.accepted.length + ordered.length)
  }
}

/** The messages that a member was handed. */
export function deliveries(member: Member): Deliver[] {
  return member.heard.filter((up) => up.type === 'deliver')
}

/** A payload of a size that tells which one it is. */
export function payloadOf(size: number, number: number): Bytes {
  return Uint8Array.from({ length: size }, (_, i) => (i < 2 ? number >> (8 * i) : number * 7 + i))
}
