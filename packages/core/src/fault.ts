import type { Bytes, ProcessId } from './types.js'

/**
 * What convinces a third party that knows the group's keys: the statements at odds, and in words how to read them.
 * `kind` names the form (each package lists its own in `faults.ts`).
 */
export interface Evidence {
  readonly kind: string
  readonly parts: readonly Bytes[]
}

/**
 * Misbehaviour of a peer: a value, never an exception. `code` is one of the codes of the package that found it.
 * Evidence is there only where it would convince somebody who was not there; `detail` is for people.
 */
export interface Fault {
  readonly culprit: ProcessId
  readonly code: string
  readonly detail?: string
  readonly evidence?: Evidence
}
