import type { In, Instant, ProcessId, Step } from '@testudo/core'
import type { LinkFaultCode } from './faults.js'

/** One step of the link while it is made: what goes out so far, and what the inner layer is still to hear. */
export class Turn {
  readonly now: Instant
  /** The effects, in order. */
  readonly effects: Step[] = []
  /** Inputs for the inner layer, in order. */
  readonly inner: In[] = []

  constructor(now: Instant) {
    this.now = now
  }

  fault(culprit: ProcessId, code: LinkFaultCode, detail: string): void {
    this.effects.push({ type: 'fault', fault: { culprit, code, detail } })
  }
}
