import type { Bytes, Environment, Input, Layer, ProcessId, Step } from '@testudo/core'

/** Sends every multicast to all and delivers what it hears, in FIFO order of each sender: correct while nobody lies. */
export class Toy implements Layer {
  readonly #environment: Environment
  readonly #seqs = new Map<string, number>()

  constructor(environment: Environment) {
    this.#environment = environment
  }

  step(input: Input): readonly Step[] {
    const { genesis, self } = this.#environment
    switch (input.type) {
      case 'start':
        return [{ type: 'view', view: genesis, joined: genesis.members, left: [] }]
      case 'multicast':
        return [
          { type: 'send', to: genesis.members.filter((id) => id !== self), bytes: input.payload },
          this.#deliver(self, input.payload),
        ]
      case 'receive':
        return [this.#deliver(input.from, input.bytes)]
      default:
        return [input]
    }
  }

  #deliver(sender: ProcessId, payload: Bytes): Step {
    const seq = (this.#seqs.get(sender) ?? 0) + 1
    this.#seqs.set(sender, seq)
    return { type: 'deliver', view: this.#environment.genesis.id, sender, seq, payload }
  }
}
