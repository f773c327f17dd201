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
import { type AtomicMessage, atomicMessage, atomicMulticast } from '../src/index.js'

export const text = (words: string): Bytes => new TextEncoder().encode(words)
const read = (bytes: Bytes): string => new TextDecoder().decode(bytes)

const suite = simulatedSuite('atomic')
const ids: readonly ProcessId[] = Array.from({ length: 8 }, (_, index) => suite.identity(index).id)
export const idOf = (index: number): ProcessId => ids[index] as ProcessId

/** V^1 of members 0 to 3, and V^2 without the sequencer of V^1. */
export const first: View = genesisView(suite, [0, 1, 2, 3].map(idOf))
export const second: View = nextView(suite, first, [1, 2, 3].map(idOf))

/** What was done in a step, short enough to be compared: indices for processes, words for payloads. */
export type Told =
  | { readonly a: string; readonly order: readonly number[] }
  | { readonly order: readonly number[] }
  | { readonly deliver: string; readonly view: number; readonly sender: number; readonly seq: number }
  | { readonly suspect: number; readonly code: string }
  | { readonly hold: number; readonly held: boolean }
  | { readonly timer: string; readonly at: number }
  | string

/** One atomic multicast layer with what is below it played by hand. */
export class Member {
  readonly layer: Layer
  readonly faults: Fault[] = []
  now: Instant = instant(0)
  /** R-deliveries so far, by sender. */
  readonly #delivered = new Map<number, number>()
  #view: View | undefined

  constructor(self: number, orderMs = 3000) {
    this.layer = atomicMulticast({ self: idOf(self), orderMs })
  }

  /** A member that has A-delivered V^1. */
  static in(view: View, self: number, orderMs?: number): Member {
    const member = new Member(self, orderMs)
    member.view(view)
    return member
  }

  input(input: Input): readonly Told[] {
    return this.layer.step(input, this.now).map((step) => this.#told(step as Effect))
  }

  multicast(words: string | Bytes): readonly Told[] {
    return this.input({ type: 'multicast', payload: typeof words === 'string' ? text(words) : words })
  }

  view(view: View): readonly Told[] {
    this.#view = view
    this.#delivered.clear()
    return this.input({ type: 'view', view, joined: [], left: [] })
  }

  block(): readonly Told[] {
    return this.input({ type: 'block', view: this.#view?.id ?? viewId(1) })
  }

  /** A multicast of a member is R-delivered. */
  deliver(from: number, message: AtomicMessage | Bytes): readonly Told[] {
    const seq = (this.#delivered.get(from) ?? 0) + 1
    this.#delivered.set(from, seq)
    const payload = message instanceof Uint8Array ? message : encode(atomicMessage, message)
    return this.input({ type: 'deliver', view: this.#view?.id ?? viewId(1), sender: idOf(from), seq, payload })
  }

  /** A message of a member is R-delivered; an order may ride on it. */
  says(from: number, words: string, order: readonly number[] = []): readonly Told[] {
    return this.deliver(from, { type: 'a-msg', order: Uint8Array.from(order), payload: text(words) })
  }

  /** An order alone is R-delivered. */
  orders(from: number, ...order: readonly number[]): readonly Told[] {
    return this.deliver(from, { type: 'order', order: Uint8Array.from(order) })
  }

  timeout(ms: number): readonly Told[] {
    this.now = instant(ms)
    return this.input({ type: 'timeout', timer: 'order' })
  }

  #told(effect: Effect): Told {
    const index = (id: ProcessId): number => ids.indexOf(id)
    switch (effect.type) {
      case 'multicast': {
        const message = decode(atomicMessage, effect.payload)
        if (message === undefined) return 'bad multicast'
        const order = [...message.order]
        return message.type === 'a-msg' ? { a: read(message.payload), order } : { order }
      }
      case 'deliver': {
        const { view, sender, seq, payload } = effect
        return { deliver: read(payload), view, sender: index(sender), seq }
      }
      case 'suspect':
        this.faults.push(effect.fault)
        return { suspect: index(effect.fault.culprit), code: effect.fault.code }
      case 'hold':
        return { hold: index(effect.sender), held: effect.held }
      case 'set-timer':
        return { timer: effect.timer, at: effect.at }
      case 'view':
        return `view ${effect.view.id}`
      default:
        return effect.type
    }
  }
}

/** The words delivered among what was told. */
export function delivered(told: readonly Told[]): readonly string[] {
  return told.flatMap((one) => (typeof one === 'object' && 'deliver' in one ? [one.deliver] : []))
}
