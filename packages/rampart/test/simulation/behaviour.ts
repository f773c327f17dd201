import {
  type Bytes,
  type Environment,
  type Input,
  type Instant,
  InvariantError,
  type Layer,
  type ProcessId,
  type Signer,
  type Step,
  UsageError,
  type View,
} from '@testudo/core'
import type { Prng } from '@testudo/simulator'

/** What all liars of a run share: they may sign for each other. */
export interface Conspiracy {
  readonly signers: Map<ProcessId, Signer>
}

/** What a liar knows and may use. */
export interface LiarTools {
  readonly self: ProcessId
  /** Everybody else in the simulation. */
  readonly peers: readonly ProcessId[]
  readonly prng: Prng
  readonly environment: Environment
  readonly conspiracy: Conspiracy
  /** The views that its echo multicast has received, by number. */
  readonly views: ReadonlyMap<number, View>
  /** The encoded body with this digest, if its own stack has hashed it. */
  bodyOf(digest: Bytes): Bytes | undefined
}

/** Where a liar departs from the honest stack. What is left out is honest. */
export interface Deceit {
  /** Sits between echo and reliable multicast. */
  readonly aboveEcho?: Layer
  /** Sits between reliable and atomic multicast. */
  readonly aboveReliable?: Layer
  /** Wraps the whole stack. */
  readonly around?: (stack: Layer) => Layer
}

/** A way to lie: made anew for each liar of a run. */
export interface Behaviour {
  readonly name: string
  make(tools: LiarTools): Deceit
}

/** A layer that changes what passes down through it and lets the rest be. */
export function changingDown(change: (input: Input, now: Instant) => readonly Step[]): Layer {
  return { step: (input, now) => (isPassing(input) ? change(input, now) : []) }
}

/** What a layer is asked or told by its neighbours: not from the network, not the clock. */
function isPassing(input: Input): boolean {
  return !['receive', 'answer', 'timeout', 'connect', 'disconnect', 'start'].includes(input.type)
}

/** Its own lies may break a liar's stack: then it does nothing more, as a crashed process would. */
export function fragile(stack: Layer): Layer {
  let broken = false
  const step = (input: Input, now: Instant): readonly Step[] => {
    if (broken) return []
    try {
      return stack.step(input, now)
    } catch (thrown) {
      if (!(thrown instanceof InvariantError || thrown instanceof UsageError)) throw thrown
      broken = true
      return []
    }
  }
  return { step }
}
