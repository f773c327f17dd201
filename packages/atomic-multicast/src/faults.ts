import type { Fault } from '@testudo/core'

/**
 * What a member can be seen doing wrong here.
 *
 * - `malformed`: multicast bytes that no honest member multicasts. All members see the same.
 * - `not-sequencer`: ordered messages without being the sequencer.
 * - `bad-order`: as the sequencer, ordered a message of somebody who is not a member.
 * - `withheld-order`: as the sequencer, did not get a message delivered in time. [R94] 6 step 2c
 */
export type AtomicFaultCode = 'malformed' | 'not-sequencer' | 'bad-order' | 'withheld-order'

/** A fault found by atomic multicast. */
export interface AtomicFault extends Fault {
  readonly code: AtomicFaultCode
}
