import { decode, encode } from '@testudo/codec'
import {
  type Bytes,
  type Effect,
  type Fault,
  type Input,
  type Instant,
  instant,
  type Layer,
  type ProcessId,
  type View,
  viewId,
} from '@testudo/core'
import { genesisView, nextView, simulatedSuite } from '@testudo/simulator'
import { flushParts } from '../src/flush.js'
import { type ReliableMessage, type ReliableOptions, reliableMessage, reliableMulticast } from '../src/index.js'

export const text = (words: string): Bytes => new TextEncoder().encode(words)
const read = (bytes: Bytes): string => new TextDecoder().decode(bytes)

const suite = simulatedSuite('reliable')
export const ids: readonly ProcessId[] = Array.from({ length: 64 }, (_, index) => suite.identity(index).id)
export const idOf = (index: number): ProcessId => ids[index] as ProcessId

/** V^1, V^2 and so on, of the members with these indices. */
export function viewsOf(...memberships: readonly (readonly number[])[]): readonly View[] {
  const views: View[] = []
  for (const indices of memberships) {
    const members = indices.map(idOf)
    const last = views.at(-1)
    views.push(last === undefined ? genesisView(suite, members) : nextView(suite, last, members))
  }
  return views
}

/** What was done in a step, short enough to be compared: indices for processes, words for payloads. */
export type Told =
  | {
      readonly echo: ReliableMessage['type']
      readonly view: number
      readonly payload?: string
      readonly bytes?: number
      readonly members?: readonly number[]
    }
  | { readonly deliver: string; readonly view: number; readonly sender: number; readonly seq: number }
  | { readonly suspect: number; readonly view: number; readonly code: string }
  | { readonly supply: number; readonly view: number; readonly from: number }
  | { readonly hold: number; readonly held: boolean }
  | { readonly timer: string; readonly at: number }
  | string

/** One reliable multicast layer with what is below it played by hand. */
export class Member {
  readonly layer: Layer
  readonly faults: Fault[] = []
  /** E-deliveries so far, by view and sender. */
  readonly #echoed = new Map<string, number>()
  now: Instant = instant(0)

  constructor(self: number, options: Partial<ReliableOptions> = {}) {
    this.layer = reliableMulticast({ self: idOf(self), genesis: 1, ...options })
  }

  input(input: Input): readonly Told[] {
    return this.layer.step(input, this.now).map((step) => this.#told(step as Effect))
  }

  multicast(words: string | Bytes): readonly Told[] {
    return this.input({ type: 'multicast', payload: typeof words === 'string' ? text(words) : words })
  }

  /** The view is received. */
  view(view: View | undefined): readonly Told[] {
    if (view === undefined) throw new Error('no such view')
    return this.input({ type: 'view', view, joined: [], left: [] })
  }

  /** A multicast of a member is E-delivered. */
  deliver(view: number, from: number, message: ReliableMessage | Bytes): readonly Told[] {
    const key = `${view} ${from}`
    const seq = (this.#echoed.get(key) ?? 0) + 1
    this.#echoed.set(key, seq)
    const payload = message instanceof Uint8Array ? message : encode(reliableMessage, message)
    return this.input({ type: 'deliver', view: viewId(view), sender: idOf(from), seq, payload })
  }

  says(view: number, from: number, words: string): readonly Told[] {
    return this.deliver(view, from, { type: 'r-msg', payload: text(words) })
  }

  /** These members end a view. */
  end(view: number, ...from: readonly number[]): readonly Told[] {
    return from.flatMap((member) => this.deliver(view, member, { type: 'end' }))
  }

  /** These members flush nothing into a view. */
  flush(view: number, ...from: readonly number[]): readonly Told[] {
    return from.flatMap((member) => this.flushOf(view, member, []))
  }

  flushOf(view: number, from: number, commits: readonly Bytes[]): readonly Told[] {
    return flushParts(commits).flatMap((part) => this.deliver(view, from, part))
  }

  /** These members say that they took the flushes of those with these ranks. */
  took(view: number, ranks: readonly number[], ...from: readonly number[]): readonly Told[] {
    const members = Uint8Array.from(ranks)
    return from.flatMap((member) => this.deliver(view, member, { type: 'took', members }))
  }

  collected(view: number, ...commits: readonly Bytes[]): readonly Told[] {
    return this.input({ type: 'collected', view: viewId(view), commits })
  }

  supplied(view: number): readonly Told[] {
    return this.input({ type: 'supplied', view: viewId(view) })
  }

  stable(view: number, from: number, seq: number): readonly Told[] {
    return this.input({ type: 'stable', view: viewId(view), sender: idOf(from), seq })
  }

  timeout(timer: string): readonly Told[] {
    return this.input({ type: 'timeout', timer })
  }

  #told(effect: Effect): Told {
    const index = (id: ProcessId): number => ids.indexOf(id)
    switch (effect.type) {
      case 'multicast': {
        const message = decode(reliableMessage, effect.payload)
        if (message === undefined || effect.view === undefined) return 'bad multicast'
        const told = { echo: message.type, view: effect.view }
        if (message.type === 'r-msg') return { ...told, payload: read(message.payload) }
        if (message.type === 'took') return { ...told, members: [...message.members] }
        return message.type === 'flush' ? { ...told, bytes: message.part.length } : told
      }
      case 'deliver': {
        const { view, sender, seq, payload } = effect
        return { deliver: read(payload), view, sender: index(sender), seq }
      }
      case 'suspect':
        this.faults.push(effect.fault)
        return { suspect: index(effect.fault.culprit), view: effect.view, code: effect.fault.code }
      case 'hold':
        return { hold: index(effect.sender), held: effect.held }
      case 'supply':
        return { supply: effect.commits.length, view: effect.view, from: index(effect.from) }
      case 'set-timer':
        return { timer: effect.timer, at: effect.at }
      case 'view':
        return `view ${effect.view.id}`
      case 'admit':
      case 'block':
      case 'collect':
      case 'retire':
        return `${effect.type} ${effect.view}`
      default:
        return effect.type
    }
  }

  /** A member of these views, of which it has received all, and delivered the first. */
  static of(self: number, views: readonly View[], options: Partial<ReliableOptions> = {}): Member {
    const member = new Member(self, options)
    for (const view of views) member.view(view)
    return member
  }
}
