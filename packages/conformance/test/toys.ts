import {
  type Bytes,
  type Environment,
  type Input,
  type Layer,
  type ProcessId,
  processIdBytes,
  processIdOf,
  quorum,
  rankOf,
  type Step,
  UsageError,
} from '@testudo/core'

/** The largest payload of the toys. */
export const TOY_PAYLOAD_MAX = 1000

/** Ways to break a toy. */
export type Flaw =
  | 'small quorum'
  | 'no order'
  | 'delivers again'
  | 'throws'
  | 'wall clock'
  | 'no empty payloads'
  | 'sends to strangers'
  | 'accepts any size'
  | 'prepare counts'

/**
 * Echo broadcast without signatures: everybody repeats the first message of (sender, seq) to everybody, and delivers
 * what a quorum repeated, in each sender's order. Consistent although f of n members lie.
 */
export class ToyEcho implements Layer {
  readonly #environment: Environment
  readonly #flaw: Flaw | undefined
  readonly #echoed = new Set<string>()
  readonly #votes = new Map<string, Set<ProcessId>>()
  readonly #ready = new Map<string, Bytes>()
  readonly #delivered = new Map<ProcessId, number>()
  #sent = 0
  #prepared = 0

  constructor(environment: Environment, flaw?: Flaw) {
    this.#environment = environment
    this.#flaw = flaw
  }

  step(input: Input, now: number): readonly Step[] {
    const { genesis, self } = this.#environment
    switch (input.type) {
      case 'start':
        return [{ type: 'view', view: genesis, joined: genesis.members, left: [] }]
      case 'multicast': {
        if (input.payload.length > TOY_PAYLOAD_MAX && this.#flaw !== 'accepts any size') {
          throw new UsageError('payload-size', `at most ${TOY_PAYLOAD_MAX} bytes`)
        }
        const message = this.#message(self, ++this.#sent, input.payload)
        return [this.#send(message), ...this.#hear(self, message)]
      }
      case 'receive':
        if (this.#flaw === 'wall clock' && now % 2_000 < 300) return []
        return this.#hear(input.from, input.bytes)
      default:
        return [input]
    }
  }

  prepare(input: Extract<Input, { type: 'receive' }>) {
    if (this.#flaw === 'prepare counts') this.#prepared++
    return { claims: [], input }
  }

  #hear(from: ProcessId, bytes: Bytes): Step[] {
    const { genesis, self } = this.#environment
    const sender = processIdOf(bytes.subarray(0, 32))
    if (this.#flaw === 'throws' && bytes.length < 34) throw new RangeError('too short')
    if (bytes.length < 34 || bytes.length > 34 + TOY_PAYLOAD_MAX + 1) return []
    if (rankOf(genesis, from) === undefined || rankOf(genesis, sender) === undefined) return []
    const seq = (bytes[32] as number) * 256 + (bytes[33] as number)
    const key = bytes.join()
    const steps: Step[] = []
    const place = `${sender}/${seq}`
    if (from === sender && !this.#echoed.has(place)) {
      this.#echoed.add(place)
      if (from !== self) steps.push(this.#send(bytes), ...this.#hear(self, bytes))
    }
    const votes = this.#votes.get(key) ?? new Set()
    this.#votes.set(key, votes.add(from))
    const needed = this.#flaw === 'small quorum' ? 1 : quorum(genesis.members.length)
    if (votes.size >= needed && !this.#ready.has(place)) this.#ready.set(place, bytes.slice(34))
    return [...steps, ...this.#deliveries(sender, seq)]
  }

  #deliveries(sender: ProcessId, seq: number): Step[] {
    const steps: Step[] = []
    let next = this.#flaw === 'no order' ? seq : (this.#delivered.get(sender) ?? 0) + 1
    if (this.#flaw === 'delivers again') next = Math.min(next, Math.max(1, seq))
    for (; ; next++) {
      const payload = this.#ready.get(`${sender}/${next}`)
      if (payload === undefined || (this.#flaw === 'no order' && (this.#delivered.get(sender) ?? 0) >= next)) break
      this.#delivered.set(sender, next)
      if (payload.length === 0 && this.#flaw === 'no empty payloads') continue
      steps.push({ type: 'deliver', view: this.#environment.genesis.id, sender, seq: next, payload })
    }
    return steps
  }

  #message(sender: ProcessId, seq: number, payload: Bytes): Bytes {
    const bytes = new Uint8Array(34 + payload.length)
    bytes.set(processIdBytes(sender))
    bytes[32] = seq >> 8
    bytes[33] = seq
    bytes.set(payload, 34)
    return bytes
  }

  #send(bytes: Bytes): Step {
    const { genesis, self } = this.#environment
    const others = genesis.members.filter((id) => id !== self)
    const stranger = processIdOf(new Uint8Array(32))
    const to = this.#flaw === 'sends to strangers' ? [...others, stranger] : others
    return { type: 'send', to, bytes: this.#prepared > 0 ? bytes.slice(1) : bytes }
  }
}

/** Everybody sends to p0, which gives all messages one order. Nobody may fail. With a flaw, each has its own order. */
export class ToySequencer implements Layer {
  readonly #environment: Environment
  readonly #flawed: boolean
  readonly #seqs = new Map<ProcessId, number>()

  constructor(environment: Environment, flawed: boolean) {
    this.#environment = environment
    this.#flawed = flawed
  }

  step(input: Input): readonly Step[] {
    const { genesis, self } = this.#environment
    const [first] = genesis.members
    const others = genesis.members.filter((id) => id !== self)
    switch (input.type) {
      case 'start':
        return [{ type: 'view', view: genesis, joined: genesis.members, left: [] }]
      case 'multicast':
        if (this.#flawed) {
          return [
            { type: 'send', to: others, bytes: message(self, input.payload) },
            ...this.#deliver(self, input.payload),
          ]
        }
        if (self === first) return this.#order(self, input.payload)
        return [{ type: 'send', to: first === undefined ? [] : [first], bytes: input.payload }]
      case 'receive':
        if (self === first && !this.#flawed) return this.#order(input.from, input.bytes)
        return this.#deliver(processIdOf(input.bytes.subarray(0, 32)), input.bytes.slice(32))
      default:
        return [input]
    }
  }

  #order(sender: ProcessId, payload: Bytes): Step[] {
    const to = this.#environment.genesis.members.slice(1)
    return [{ type: 'send', to, bytes: message(sender, payload) }, ...this.#deliver(sender, payload)]
  }

  #deliver(sender: ProcessId, payload: Bytes): Step[] {
    const seq = (this.#seqs.get(sender) ?? 0) + 1
    this.#seqs.set(sender, seq)
    return [{ type: 'deliver', view: this.#environment.genesis.id, sender, seq, payload }]
  }
}

function message(sender: ProcessId, payload: Bytes): Bytes {
  const bytes = new Uint8Array(32 + payload.length)
  bytes.set(processIdBytes(sender))
  bytes.set(payload, 32)
  return bytes
}
