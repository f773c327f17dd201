import {
  type Bytes,
  type Claim,
  type Clock,
  type Environment,
  type Input,
  type Instant,
  instant,
  type Layer,
  type ProcessId,
  type Protocol,
  type Receive,
  type Step,
  type Transport,
  type TransportFactory,
  type TransportHandler,
  type Up,
} from '@testudo/core'

const guarantees = { agreement: 'consistent', order: 'fifo', faults: () => 0 } as const

function firstView({ genesis }: Environment): Up {
  return { type: 'view', view: genesis, joined: genesis.members, left: [] }
}

/** Sends to all and delivers at once: no agreement at all. */
export function toyFifo(payloadBytesMax = 65_536): Protocol {
  return { name: 'toy-fifo', guarantees, payloadBytesMax, create: (environment) => new Fifo(environment) }
}

class Fifo implements Layer {
  readonly #environment: Environment
  readonly #others: readonly ProcessId[]
  readonly #seqs = new Map<ProcessId, number>()
  constructor(environment: Environment) {
    this.#environment = environment
    this.#others = environment.genesis.members.filter((member) => member !== environment.self)
  }
  step(input: Input): readonly Step[] {
    if (input.type === 'start') return [firstView(this.#environment)]
    if (input.type === 'receive') return [this.#deliver(input.from, input.bytes)]
    if (input.type !== 'multicast') return [input]
    const { payload } = input
    const send: Step[] = this.#others.length > 0 ? [{ type: 'send', to: this.#others, bytes: payload }] : []
    return [...send, this.#deliver(this.#environment.self, payload)]
  }
  #deliver(sender: ProcessId, payload: Bytes): Up {
    const seq = (this.#seqs.get(sender) ?? 0) + 1
    this.#seqs.set(sender, seq)
    return { type: 'deliver', view: this.#environment.genesis.id, sender, seq, payload }
  }
}

/** The member of rank 0 puts everything into one order. Every message is signed by its sender. */
export function toySequencer(): Protocol {
  return {
    name: 'toy-sequencer',
    guarantees,
    payloadBytesMax: 65_536,
    create: (environment) => new Sequencer(environment),
  }
}

interface Signed {
  readonly claim: Claim
  readonly payload: Bytes
}

class Sequencer implements Layer {
  readonly #environment: Environment
  readonly #seqs = new Map<ProcessId, number>()
  constructor(environment: Environment) {
    this.#environment = environment
  }
  step(input: Input): readonly Step[] {
    const { self, genesis, signer } = this.#environment
    if (input.type === 'start') return [firstView(this.#environment)]
    if (input.type === 'multicast') {
      const id = Uint8Array.from(self.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16))
      const bytes = Uint8Array.of(...id, ...signer.sign(input.payload), ...input.payload)
      const first = genesis.members[0] as ProcessId
      return first === self ? this.#order(bytes) : [{ type: 'send', to: [first], bytes }]
    }
    if (input.type !== 'receive') return [input]
    const { claim } = (input.prepared as Signed | undefined) ?? this.#read(input)
    if (!this.#environment.verifier.verify(claim)) {
      return [{ type: 'suspect', view: genesis.id, fault: { culprit: input.from, code: 'toy-signature' } }]
    }
    return genesis.members[0] === self ? this.#order(input.bytes) : [this.#deliver(input.bytes)]
  }
  prepare(input: Receive): { readonly claims: readonly Claim[]; readonly input: Receive } {
    const signed = this.#read(input)
    return { claims: [signed.claim], input: { ...input, prepared: signed } }
  }
  #read({ bytes }: Receive): Signed {
    const signer = Buffer.from(bytes.subarray(0, 32)).toString('hex') as ProcessId
    const payload = bytes.subarray(96)
    return { claim: { signer, bytes: payload, signature: bytes.subarray(32, 96) }, payload }
  }
  #order(bytes: Bytes): readonly Step[] {
    const others = this.#environment.genesis.members.slice(1)
    return [{ type: 'send', to: others, bytes }, this.#deliver(bytes)]
  }
  #deliver(bytes: Bytes): Up {
    const sender = Buffer.from(bytes.subarray(0, 32)).toString('hex') as ProcessId
    const seq = (this.#seqs.get(sender) ?? 0) + 1
    this.#seqs.set(sender, seq)
    return { type: 'deliver', view: this.#environment.genesis.id, sender, seq, payload: bytes.subarray(96) }
  }
}

/** A protocol that does what the test says. It begins with the genesis view, unless told otherwise. */
export function scripted(script: (input: Input, environment: Environment, now: Instant) => readonly Step[]): Protocol {
  return {
    name: 'scripted',
    guarantees,
    payloadBytesMax: 1_000,
    create: (environment) => ({
      step(input, now) {
        const first: readonly Step[] = input.type === 'start' ? [firstView(environment)] : []
        return [...first, ...script(input, environment, now)]
      },
    }),
  }
}

export function own(environment: Environment, seq: number, payload: Bytes): Up {
  return { type: 'deliver', view: environment.genesis.id, sender: environment.self, seq, payload }
}

/** A transport in the hands of the test. */
export class HandTransport implements Transport, TransportFactory {
  readonly guarantees: Transport['guarantees']
  readonly sent: { readonly to: ProcessId; readonly bytes: Bytes }[] = []
  readonly pauses: boolean[] = []
  handler: TransportHandler | undefined
  closed = 0
  constructor(authenticated = true) {
    this.guarantees = { ordered: true, authenticated, frameBytesMax: 1_000_000 }
  }
  open(): Promise<Transport> {
    return Promise.resolve(this)
  }
  start(handler: TransportHandler): void {
    this.handler = handler
  }
  send(to: ProcessId, bytes: Bytes): void {
    this.sent.push({ to, bytes })
  }
  pause(paused: boolean): void {
    this.pauses.push(paused)
  }
  close(): Promise<void> {
    this.closed++
    return Promise.resolve()
  }
}

/** A clock in the hands of the test. */
export class HandClock implements Clock {
  time = 0
  alarms = new Set<{ readonly at: number; readonly fire: () => void }>()
  now(): Instant {
    return instant(this.time)
  }
  wake(at: Instant, fire: () => void): { cancel(): void } {
    const alarm = { at, fire }
    this.alarms.add(alarm)
    return { cancel: () => this.alarms.delete(alarm) }
  }
  advance(toMs: number): void {
    this.time = toMs
    for (const alarm of this.alarms) {
      if (alarm.at > toMs) continue
      this.alarms.delete(alarm)
      alarm.fire()
    }
  }
}

export const text = (value: string): Bytes => new TextEncoder().encode(value)
export const read = (bytes: Bytes): string => new TextDecoder().decode(bytes)
