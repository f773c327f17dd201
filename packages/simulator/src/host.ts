import {
  type Down,
  type Effect,
  type Input,
  type Instant,
  InvariantError,
  instant,
  type Layer,
  type ProcessId,
  type Step,
  UsageError,
} from '@testudo/core'
import type { Entry, Passing, Recorder } from './record.js'

/** The level at which what passes between the top layer and the application is recorded. */
export const TOP = 'top'

/** One simulated process, as scripts and checkers see it. */
export interface SimulatedNode {
  readonly index: number
  readonly id: ProcessId
  /** `p0`, `p1`, ... as in traces. */
  readonly name: string
  /** Obeys its protocol to the end: no liar, and not crashed so far. */
  readonly honest: boolean
  readonly crashed: boolean
  /** No liar, but perhaps crashed. */
  readonly obedient: boolean
  /** Everything that passed between the stack and the application, in order. */
  readonly log: readonly Entry[]
}

/** What a host needs of its simulation. */
export interface HostPorts {
  readonly effectsPerStepMax: number
  now(): number
  at(time: number, run: () => void): void
  perform(host: Host, effect: Effect): void
  observe(host: Host, input: Input): void
  passed(host: Host, event: Passing): void
}

interface HostOptions {
  readonly index: number
  readonly id: ProcessId
  readonly liar: boolean
  readonly clockOffset: number
  readonly recorder: Recorder
  readonly prepare: boolean
}

/** Runs one layer: gives it inputs with its own clock, keeps its timers, hands its effects on in their order. */
export class Host implements SimulatedNode {
  readonly index: number
  readonly id: ProcessId
  readonly name: string
  readonly recorder: Recorder
  readonly obedient: boolean
  readonly #prepare: boolean
  readonly #ports: HostPorts
  /** What this node's clock shows at virtual time 0: clocks of different processes are not comparable. */
  readonly #clockOffset: number
  #layer: Layer | undefined
  #state: 'running' | 'paused' | 'crashed' = 'running'
  /** What arrived while paused. */
  readonly #waiting: (() => void)[] = []
  /** The alarm that counts for each timer: an older one of the same name does nothing. */
  readonly #alarms = new Map<string, number>()
  #alarm = 0
  #now = 0

  constructor(ports: HostPorts, options: HostOptions) {
    this.#ports = ports
    this.index = options.index
    this.id = options.id
    this.name = `p${options.index}`
    this.recorder = options.recorder
    this.obedient = !options.liar
    this.#prepare = options.prepare
    this.#clockOffset = options.clockOffset
  }

  get honest(): boolean {
    return this.obedient && this.#state !== 'crashed'
  }

  get crashed(): boolean {
    return this.#state === 'crashed'
  }

  get log(): readonly Entry[] {
    return this.recorder.entries(TOP)
  }

  /** Timers that will still fire. */
  get armed(): number {
    return this.#state === 'running' ? this.#alarms.size : 0
  }

  install(layer: Layer): void {
    this.#layer = layer
  }

  crash(): void {
    this.#state = 'crashed'
    this.#waiting.length = 0
  }

  pause(): void {
    if (this.#state === 'running') this.#state = 'paused'
  }

  resume(): void {
    if (this.#state !== 'paused') return
    this.#state = 'running'
    for (const run of this.#waiting.splice(0)) this.#whenRunning(run)
  }

  /** Gives the layer an input now, or when the process goes on again. */
  input(input: Input): void {
    this.#whenRunning(() => this.#step(input))
  }

  /** Asks something of the layer as its application. A `UsageError` is recorded, not thrown. */
  ask(down: Down): void {
    this.#whenRunning(() => {
      this.#ports.passed(this, down)
      try {
        this.#step(down)
      } catch (thrown) {
        if (!(thrown instanceof UsageError)) throw thrown
        this.#ports.passed(this, { type: 'refused', code: thrown.code, message: thrown.message })
      }
    })
  }

  #whenRunning(run: () => void): void {
    if (this.#state === 'running') run()
    else if (this.#state === 'paused') this.#waiting.push(run)
  }

  #step(input: Input): void {
    this.#ports.observe(this, input)
    this.#now = Math.max(this.#now, this.#ports.now() + this.#clockOffset)
    const layer = this.#layer as Layer
    const effects = layer.step(this.#readAhead(layer, input), instant(this.#now))
    if (effects.length > this.#ports.effectsPerStepMax) {
      throw new InvariantError(`${this.name} returned ${effects.length} effects to one input '${input.type}'`)
    }
    for (const effect of effects) {
      if (this.#state === 'crashed') return // the application crashed it in reaction to an earlier effect
      this.#effect(effect)
    }
  }

  #readAhead(layer: Layer, input: Input): Input {
    if (!this.#prepare || input.type !== 'receive') return input
    return layer.prepare?.(input).input ?? input
  }

  #effect(effect: Step): void {
    switch (effect.type) {
      case 'set-timer':
        this.#setTimer(effect.timer, effect.at)
        break
      case 'clear-timer':
        this.#alarms.delete(effect.timer)
        break
      case 'receive':
      case 'timeout':
      case 'answer':
      case 'connect':
      case 'disconnect':
      case 'start':
        return // handed back by a layer that is not concerned
    }
    this.#ports.perform(this, effect)
  }

  #setTimer(timer: string, at: Instant): void {
    if (!Number.isFinite(at)) throw new InvariantError(`${this.name} set its timer '${timer}' to ${at}`)
    const alarm = ++this.#alarm
    this.#alarms.set(timer, alarm)
    this.#ports.at(at - this.#clockOffset, () => {
      this.#whenRunning(() => {
        if (this.#alarms.get(timer) !== alarm) return
        this.#alarms.delete(timer)
        this.#now = Math.max(this.#now, at) // rounding must not make an alarm early by the local clock
        this.#step({ type: 'timeout', timer })
      })
    })
  }
}
