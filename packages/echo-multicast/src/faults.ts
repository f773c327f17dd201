import type { Fault } from '@testudo/core'

/**
 * What a member can be seen doing wrong here.
 *
 * - `malformed`: sent bytes that no honest member sends.
 * - `bad-echo`: sent an echo whose signature does not verify.
 * - `bad-commit`: sent or passed on a commit without a quorum of valid echoes.
 * - `bad-flush`: brought such a commit in a flush.
 * - `equivocation`: initiated two different messages as the same one. With evidence.
 * - `malformed-body`: had a body echoed that is not one. With evidence.
 * - `unresponsive`: does not acknowledge multicasts that it was sent, also by us.
 * - `left-behind`: stayed unresponsive until what it lacks no longer fitted in memory: it cannot catch up.
 */
export type EchoFaultCode =
  | 'malformed'
  | 'bad-echo'
  | 'bad-commit'
  | 'bad-flush'
  | 'equivocation'
  | 'malformed-body'
  | 'unresponsive'
  | 'left-behind'

/** A fault found by echo multicast. */
export interface EchoFault extends Fault {
  readonly code: EchoFaultCode
}
