import type { Bytes, Down, Environment, Input, Layer, ProcessId } from '@testudo/core'
import type { Liar } from './byzantine.js'
import type { NetworkOptions } from './network.js'
import { Prng } from './prng.js'
import type { Passing, Recorder } from './record.js'
import type { Describe } from './trace.js'

/** Steps of one run before it ends with an error: a livelock must not hang a test. */
export const STEPS_MAX = 5_000_000

/** Effects of one step before the run ends with an error. */
export const EFFECTS_PER_STEP_MAX = 100_000

/** How far apart the clocks of the processes are at most, unless the options say. */
export const CLOCK_OFFSET_MS_MAX = 1_000_000

/** Where a layer is being built: what it may use besides its environment. For taps, oracles and the like. */
export interface Site {
  readonly node: number
  readonly id: ProcessId
  /** Whether the node has no liar's wrapper. */
  readonly obedient: boolean
  /** Whether the node was crashed by the script. */
  crashed(): boolean
  /** For `tap`. */
  readonly record: Recorder
  /** Draws of this node's own. */
  readonly prng: Prng
  /** Virtual time. */
  now(): number
  /** Scripts a call at a virtual time. */
  at(time: number, run: () => void): void
  /** Gives the node's stack an input: an `Up` enters below its bottom layer, a `Down` above its top. */
  input(input: Input): void
}

/** What an application that reacts to events may do; `Simulation` does it. */
export interface Script {
  /** Virtual time. */
  readonly now: number
  at(time: number, run: () => void): void
  multicast(node: number, payload: Bytes): void
  ask(node: number, down: Down): void
  crash(node: number): void
}

/** A run to be simulated. */
export interface SimulationOptions {
  /** All that is random in the run. */
  readonly seed: number | string
  /** How many processes there are. */
  readonly nodes: number
  /** The indices of the members of the first view, in the order of their ranks. Default: all. */
  readonly members?: readonly number[]
  /** The stack of a process. */
  build(environment: Environment, node: number, site: Site): Layer
  readonly network?: NetworkOptions
  /** The nodes that do not obey, and how. */
  readonly liars?: ReadonlyMap<number, Liar>
  /** Called for everything that leaves a stack at the top or the bottom. What it scripts happens after the step. */
  onEvent?(node: number, event: Passing, script: Script): void
  /** Answers an `ask`. Without it an ask ends the run with an error. */
  answer?(node: number, request: unknown): unknown
  /** Has every message read ahead by the layer's `prepare` first, which must change nothing. Default false. */
  readonly prepare?: boolean
  /** How far apart the processes' clocks are at most; comparing them must show. Default `CLOCK_OFFSET_MS_MAX`. */
  readonly clockOffsetMsMax?: number
  /** Keeps a readable trace (`simulation.trace()`); costs time and memory. Default false. */
  readonly trace?: boolean
  readonly describe?: Describe
  /** Default `STEPS_MAX`. */
  readonly stepsMax?: number
  /** Default `EFFECTS_PER_STEP_MAX`. */
  readonly effectsPerStepMax?: number
}

/** What the clock of a node shows at virtual time 0: whole milliseconds, drawn from the seed. */
export function clockOffset({ seed, clockOffsetMsMax = CLOCK_OFFSET_MS_MAX }: SimulationOptions, node: number): number {
  return new Prng(seed).fork(`clock/${node}`).below(clockOffsetMsMax)
}
