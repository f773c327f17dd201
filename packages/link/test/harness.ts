import {
  type Bytes,
  type Input,
  type Instant,
  instant,
  type Layer,
  type ProcessId,
  processIdOf,
  type Random,
  type Receive,
  type Send,
  type Step,
} from '@testudo/core'

/** A small generator for tests: mulberry32. */
export function rng(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

export function seeded(next: () => number): Random {
  return { bytes: (length) => Uint8Array.from({ length }, () => Math.floor(next() * 256)) }
}

export function person(n: number): ProcessId {
  return processIdOf(new Uint8Array(32).fill(n))
}

export const text = (value: string): Bytes => new TextEncoder().encode(value)
export const read = (bytes: Bytes): string => new TextDecoder().decode(bytes)

/** An inner layer that sends what it is asked to multicast to `to`, and remembers what it hears. */
export class Recorder implements Layer {
  to: readonly ProcessId[]
  readonly heard: { readonly from: ProcessId; readonly bytes: Bytes }[] = []
  readonly events: string[] = []
  prepared = 0
  constructor(to: readonly ProcessId[]) {
    this.to = to
  }
  step(input: Input): readonly Step[] {
    if (input.type === 'multicast') return [{ type: 'send', to: this.to, bytes: input.payload }]
    if (input.type === 'receive') {
      this.heard.push({ from: input.from, bytes: input.bytes.slice() })
      if (input.prepared === 'read ahead') this.prepared++
      return []
    }
    if (input.type === 'connect' || input.type === 'disconnect') this.events.push(input.type)
    if (input.type === 'timeout') this.events.push(`timeout ${input.timer}`)
    return []
  }
  prepare(input: Receive): { claims: []; input: Receive } {
    return { claims: [], input: { ...input, prepared: 'read ahead' } }
  }
  texts(from?: ProcessId): string[] {
    return this.heard.filter((item) => from === undefined || item.from === from).map((item) => read(item.bytes))
  }
}

export const at = (ms: number): Instant => instant(ms)

export function sends(effects: readonly Step[], to?: ProcessId): Bytes[] {
  return effects
    .filter((effect): effect is Send => effect.type === 'send' && (to === undefined || effect.to.includes(to)))
    .map((effect) => effect.bytes)
}

export function faults(effects: readonly Step[]): string[] {
  return effects.flatMap((effect) => (effect.type === 'fault' ? [effect.fault.code] : []))
}

interface Event {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

/** How a fake network treats a frame. */
export interface Weather {
  readonly loss: number
  readonly duplication: number
  readonly delayMs: (next: () => number) => number
  /** FIFO per pair, and nothing lost except with the connection. */
  readonly ordered: boolean
}

interface Node {
  readonly id: ProcessId
  layer: Layer
  readonly timers: Map<string, number>
  life: number
}

/** Layers over a fake network in virtual time. */
export class Net {
  now = 0
  readonly faults: string[] = []
  readonly frames: { readonly from: ProcessId; readonly to: ProcessId; readonly bytes: Bytes }[] = []
  readonly #next: () => number
  readonly #weather: Weather
  readonly #nodes = new Map<ProcessId, Node>()
  readonly #cut = new Set<string>()
  readonly #epoch = new Map<string, number>()
  readonly #last = new Map<string, number>()
  readonly ahead: boolean
  #events: Event[] = []
  #order = 0
  calm = false

  constructor(next: () => number, weather: Weather, ahead = false) {
    this.#next = next
    this.#weather = weather
    this.ahead = ahead
  }

  add(id: ProcessId, layer: Layer): void {
    const life = (this.#nodes.get(id)?.life ?? 0) + 1
    this.#nodes.set(id, { id, layer, timers: new Map(), life })
    this.input(id, { type: 'start' })
  }

  after(delayMs: number, run: () => void): void {
    this.#events.push({ at: this.now + delayMs, order: this.#order++, run })
  }

  input(id: ProcessId, input: Input): void {
    const node = this.#nodes.get(id)
    if (node === undefined) return
    const ready = input.type === 'receive' && this.ahead ? (node.layer.prepare?.(input).input ?? input) : input
    for (const effect of node.layer.step(ready, at(this.now))) this.#do(node, effect)
  }

  connect(a: ProcessId, b: ProcessId): void {
    this.#cut.delete(pair(a, b))
    this.input(a, { type: 'connect', peer: b })
    this.input(b, { type: 'connect', peer: a })
  }

  /** What is on its way is lost. */
  disconnect(a: ProcessId, b: ProcessId): void {
    this.#cut.add(pair(a, b))
    this.#epoch.set(pair(a, b), (this.#epoch.get(pair(a, b)) ?? 0) + 1)
    this.input(a, { type: 'disconnect', peer: b })
    this.input(b, { type: 'disconnect', peer: a })
  }

  isCut(a: ProcessId, b: ProcessId): boolean {
    return this.#cut.has(pair(a, b))
  }

  /** Runs until nothing happens any more or the time is over. */
  run(untilMs: number): void {
    while (this.#events.length > 0) {
      let first = 0
      for (let i = 1; i < this.#events.length; i++) {
        const [a, b] = [this.#events[i] as Event, this.#events[first] as Event]
        if (a.at < b.at || (a.at === b.at && a.order < b.order)) first = i
      }
      const event = this.#events[first] as Event
      if (event.at > untilMs) break
      this.#events[first] = this.#events[this.#events.length - 1] as Event
      this.#events.pop()
      this.now = event.at
      event.run()
    }
    this.now = untilMs
  }

  #do(node: Node, effect: Step): void {
    if (effect.type === 'send') for (const to of effect.to) this.transmit(node.id, to, effect.bytes)
    if (effect.type === 'fault') this.faults.push(effect.fault.code)
    if (effect.type === 'clear-timer') node.timers.delete(effect.timer)
    if (effect.type !== 'set-timer') return
    const { timer, at: due } = effect
    const stamp = this.#order
    node.timers.set(timer, stamp)
    const { life } = node
    this.after(Math.max(0, due - this.now), () => {
      if (node.timers.get(timer) !== stamp || this.#nodes.get(node.id)?.life !== life) return
      node.timers.delete(timer)
      this.input(node.id, { type: 'timeout', timer })
    })
  }

  transmit(from: ProcessId, to: ProcessId, bytes: Bytes): void {
    this.frames.push({ from, to, bytes })
    if (this.#cut.has(pair(from, to))) return
    if (!this.calm && this.#next() < this.#weather.loss) return
    const copies = !this.calm && this.#next() < this.#weather.duplication ? 2 : 1
    for (let copy = 0; copy < copies; copy++) this.#carry(from, to, bytes)
  }

  #carry(from: ProcessId, to: ProcessId, bytes: Bytes): void {
    let due = this.now + this.#weather.delayMs(this.#next)
    const way = `${from}>${to}`
    if (this.#weather.ordered) due = Math.max(due, this.#last.get(way) ?? 0)
    this.#last.set(way, due)
    const epoch = this.#epoch.get(pair(from, to)) ?? 0
    this.after(due - this.now, () => {
      if ((this.#epoch.get(pair(from, to)) ?? 0) !== epoch) return
      this.input(to, { type: 'receive', from, bytes })
    })
  }
}

function pair(a: ProcessId, b: ProcessId): string {
  return a < b ? `${a}${b}` : `${b}${a}`
}
