import { bytes, decode, encode, list, processId, struct, u32, union } from '@testudo/codec'
import {
  type Bytes,
  type Environment,
  type Input,
  type Layer,
  type ProcessId,
  type Step,
  type View,
  viewId,
} from '@testudo/core'

const wire = union({
  ask: [0, struct({ payload: bytes(2 ** 20) })],
  ordered: [1, struct({ sender: processId, payload: bytes(2 ** 20) })],
  view: [2, struct({ id: u32, members: list(processId, 64) })],
})

/** An order of views: `leave` handed down at the first process makes it install the next of its script. */
export type Script = readonly (readonly ProcessId[])[]

/**
 * A total order as simple as can be, over FIFO channels, for honest processes: the first of `everybody` orders all.
 * Messages ordered after a view belong to that view, also those that their sender handed down before it.
 */
export class Sequencer implements Layer {
  readonly #environment: Environment
  readonly #everybody: readonly ProcessId[]
  readonly #script: ProcessId[][]
  readonly #seqs = new Map<ProcessId, number>()
  /** The view that the order is in. */
  #view: View

  constructor(environment: Environment, everybody: readonly ProcessId[], script: Script) {
    this.#environment = environment
    this.#everybody = everybody
    this.#script = script.map((members) => [...members])
    this.#view = environment.genesis
  }

  step(input: Input): readonly Step[] {
    const first = this.#everybody[0] as ProcessId
    const self = this.#environment.self
    switch (input.type) {
      case 'start':
        return this.#isMember() ? [{ type: 'view', view: this.#view, joined: [], left: [] }] : []
      case 'multicast':
        if (self === first) return this.#order(self, input.payload)
        return [{ type: 'send', to: [first], bytes: encode(wire, { type: 'ask', payload: input.payload }) }]
      case 'leave':
        return this.#installNext()
      case 'receive':
        return this.#receive(input.from, input.bytes)
      default:
        return [input]
    }
  }

  #order(sender: ProcessId, payload: Bytes): Step[] {
    if (!this.#view.members.includes(sender)) return []
    return [this.#toOthers(encode(wire, { type: 'ordered', sender, payload })), ...this.#deliver(sender, payload)]
  }

  #installNext(): Step[] {
    const members = this.#script.shift() ?? []
    const id = this.#view.id + 1
    return [this.#toOthers(encode(wire, { type: 'view', id, members })), ...this.#install(id, members)]
  }

  #receive(from: ProcessId, message: Bytes): Step[] {
    const value = decode(wire, message)
    if (value?.type === 'ask') return this.#order(from, value.payload)
    if (value?.type === 'ordered') return this.#deliver(value.sender, value.payload)
    return value === undefined ? [] : this.#install(value.id, value.members)
  }

  #install(id: number, members: readonly ProcessId[]): Step[] {
    const was = this.#isMember()
    this.#view = { id: viewId(id), members, digest: new Uint8Array(32) }
    this.#seqs.clear()
    if (this.#isMember()) return [{ type: 'view', view: this.#view, joined: [], left: [] }]
    const removal = { member: this.#environment.self, reason: 'the script' }
    return was ? [{ type: 'excluded', view: this.#view.id, removal }] : []
  }

  #deliver(sender: ProcessId, payload: Bytes): Step[] {
    const seq = (this.#seqs.get(sender) ?? 0) + 1
    this.#seqs.set(sender, seq)
    return this.#isMember() ? [{ type: 'deliver', view: this.#view.id, sender, seq, payload }] : []
  }

  #isMember(): boolean {
    return this.#view.members.includes(this.#environment.self)
  }

  #toOthers(message: Bytes): Step {
    return { type: 'send', to: this.#everybody.slice(1), bytes: message }
  }
}
