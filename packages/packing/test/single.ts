import { encode } from '@testudo/codec'
import {
  type Bytes,
  type Deliver,
  type Down,
  instant,
  type Layer,
  type ProcessId,
  type Step,
  type Up,
} from '@testudo/core'
import { type PackingOptions, packing } from '@testudo/packing'
import { type Packet, packet } from '../src/packet.js'
import { processOf, viewOf } from './toy-order.js'

/** The process under test, and three others. */
export const [SELF, ANN, BOB, CEO] = [0, 1, 2, 3].map(processOf) as [ProcessId, ProcessId, ProcessId, ProcessId]

/** One layer by itself, in a view of four. */
export class Single {
  readonly layer: Layer
  #view = 0
  #seq = 0

  constructor(options: Omit<PackingOptions, 'self'> = {}) {
    this.layer = packing({ ...options, self: SELF })
  }

  step(input: Up | Down): readonly Step[] {
    return this.layer.step(input, instant(0))
  }

  /** Installs the next view; what was handed down. */
  install(members: readonly ProcessId[] = [SELF, ANN, BOB, CEO]): Bytes[] {
    return handedDown(this.step({ type: 'view', view: viewOf(++this.#view, members), joined: [], left: [] }))
  }

  /** Asks for a multicast; what was handed down. */
  multicast(payload: Bytes): Bytes[] {
    return handedDown(this.step({ type: 'multicast', payload }))
  }

  deliver(sender: ProcessId, payload: Bytes): readonly Step[] {
    return this.step({ type: 'deliver', view: viewOf(this.#view, []).id, sender, seq: ++this.#seq, payload })
  }

  /** Delivers a packet of another member in this view. */
  packet(sender: ProcessId, value: Unlabelled, restarts: number = 0): readonly Step[] {
    return this.deliver(sender, encode(packet, { ...value, view: this.#view, restarts } as Packet))
  }
}

/** A packet without its label. */
export type Unlabelled = Packet extends infer P ? (P extends Packet ? Omit<P, 'view' | 'restarts'> : never) : never

export function handedDown(steps: readonly Step[]): Bytes[] {
  return steps.flatMap((step) => (step.type === 'multicast' ? [step.payload] : []))
}

export function handedUp(steps: readonly Step[]): Deliver[] {
  return steps.filter((step) => step.type === 'deliver')
}

export function sizes(steps: readonly Step[]): number[] {
  return handedUp(steps).map((step) => step.payload.length)
}

/** The codes of the suspicions. */
export function codes(steps: readonly Step[]): string[] {
  return steps.flatMap((step) => (step.type === 'suspect' ? [step.fault.code] : []))
}
