import {
  type Down,
  type Fault,
  type Input,
  invariant,
  type Layer,
  type ProcessId,
  type Step,
  type Transport,
  type Up,
} from '@testudo/core'
import { Intake, type IntakeParts } from './intake.js'
import { LayerClock } from './layer-clock.js'
import { Timers } from './timers.js'
import type { TransportWarning } from './warning.js'

/** Who hears what a layer says to its application. Called within a step: it may only `feed`. */
export interface DriverHost {
  up(up: Up): void
  fault(fault: Fault): void
  /** A request that fell out of the bottom of the stack: nobody there answers it. */
  unanswered(down: Down): void
  warn(warning: TransportWarning): void
  /** The layer broke. Nothing happens after this. */
  failed(error: unknown): void
}

/** What a driver joins. */
export interface DriverParts extends IntakeParts {
  readonly transport: Transport
}

/**
 * Joins a layer to the world: executes its effects in their order, one step at a time. What arises during a step is
 * fed to the layer after it.
 */
export class Driver {
  readonly #layer: Layer
  readonly #transport: Transport
  /** Stands still while frames are held. */
  readonly #clock: LayerClock
  readonly #host: DriverHost
  readonly #timers: Timers
  /** Received frames go through it. */
  readonly #intake: Intake
  /** Inputs that arose during a step. */
  #queue: Input[] = []
  #stepping = false
  /** Whether received frames wait until `release`. */
  #held = false
  #stopped = false

  constructor(parts: DriverParts, host: DriverHost) {
    const { layer, transport, clock } = parts
    this.#layer = layer
    this.#transport = transport
    this.#clock = new LayerClock(clock)
    this.#host = host
    this.#timers = new Timers(this.#clock, (timer) => this.feed({ type: 'timeout', timer }))
    this.#intake = new Intake(parts, {
      step: (input) => this.feed(input),
      pause: (paused) => transport.pause(paused),
      dropped: (peer) => this.#dropped(peer),
      unverified: (error) => host.warn({ code: 'verify-ahead', message: `checking ahead failed: ${String(error)}` }),
    })
  }

  start(): void {
    this.feed({ type: 'start' })
    if (this.#stopped) return
    this.#transport.start({
      receive: (from, bytes) => this.#guard(() => this.#intake.receive(from, bytes)),
      connect: (peer) => this.feed({ type: 'connect', peer }),
      disconnect: (peer) => this.feed({ type: 'disconnect', peer }),
      warn: (warning) => this.#host.warn(warning),
    })
  }

  /** Steps the layer, now or after the step that is going on. */
  feed(input: Input): void {
    if (this.#stopped) return
    if (this.#stepping) {
      this.#queue.push(input)
      return
    }
    this.#stepping = true
    this.#guard(() => {
      this.#step(input)
      for (let i = 0; i < this.#queue.length; i++) this.#step(this.#queue[i] as Input)
    })
    if (this.#queue.length > 0) this.#queue = []
    this.#stepping = false
  }

  /** Received frames wait until `release`, and the layer's time stands still: it may not count what it is not shown. */
  hold(): void {
    this.#held = true
    this.#clock.stop()
    this.#timers.hold()
    this.#intake.hold()
  }

  /** Steps the frames that waited, then lets the time go on. */
  release(): void {
    if (this.#stopped) return
    this.#held = false
    this.#guard(() => this.#intake.release())
    if (this.#stopped || this.#held) return
    this.#clock.go()
    this.#timers.release()
  }

  /** No input reaches the layer after this, and no effect the world. */
  stop(): void {
    this.#stopped = true
    this.#timers.stop()
    this.#intake.stop()
  }

  /** Fail-stop: whatever breaks in the layer ends this process's part before it can do harm. */
  #guard(act: () => void): void {
    try {
      act()
    } catch (error) {
      if (this.#stopped) return // reported already, by the step that this one was nested in
      this.stop()
      this.#host.failed(error)
    }
  }

  #step(input: Input): void {
    if (this.#stopped) return
    for (const effect of this.#layer.step(input, this.#clock.now())) {
      if (this.#stopped) return
      this.#perform(effect)
    }
  }

  #perform(effect: Step): void {
    switch (effect.type) {
      case 'send':
        for (const to of effect.to) this.#transport.send(to, effect.bytes)
        return
      case 'set-timer':
        this.#timers.set(effect.timer, effect.at)
        return
      case 'clear-timer':
        this.#timers.clear(effect.timer)
        return
      case 'fault':
        this.#host.fault(effect.fault)
        return
      case 'ask':
        return invariant(false, 'a layer asks a trusted service, but the group was opened without one')
      case 'deliver':
      case 'view':
      case 'stable':
      case 'block':
      case 'collected':
      case 'supplied':
      case 'excluded':
        this.#host.up(effect)
        return
      case 'receive':
      case 'answer':
      case 'timeout':
      case 'connect':
      case 'disconnect':
      case 'start':
        return // handed back by a layer that is not concerned
      default:
        this.#host.unanswered(effect)
    }
  }

  #dropped(peer: ProcessId): void {
    const message = 'a frame was dropped: too many of this peer wait, and the transport was paused in vain'
    this.#host.warn({ code: 'receive-overflow', peer, message })
  }
}
