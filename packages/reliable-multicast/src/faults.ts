import type { Fault } from '@testudo/core'

/**
 * What a member can be seen doing wrong here.
 *
 * - `malformed`: multicast bytes that no honest member multicasts. All members see the same.
 * - `bad-flush`: its flush is not a list of certificates, or larger than an honest one can be.
 * - `no-end`: did not end the old view in time. [R94] 5 step 3b
 * - `no-flush`: did not flush into the new view in time, [R94] 5 step 4b; in uniform mode also: did not say in time that
 *   it took the flushes that we took.
 */
export type ReliableFaultCode = 'malformed' | 'bad-flush' | 'no-end' | 'no-flush'

/** A fault found by reliable multicast. */
export interface ReliableFault extends Fault {
  readonly code: ReliableFaultCode
}
