import type { Hasher, ProcessId, Signer, Verifier } from '@testudo/core'

/** How long to wait for what, in milliseconds. Safety does not depend on any of them. */
export interface EchoTiming {
  /** At the latest so long after a payload was delivered its delivery is announced. Default 200. */
  readonly announceMs?: number
  /** So long a multicast may stay unstable before it is forwarded to whoever may lack it. Default 1,000. */
  readonly stableMs?: number
  /** So long after that a member that still does not announce it is suspected. Default 2,000. */
  readonly suspectMs?: number
  /** So long after an init without a quorum of echoes it is sent again; doubles, up to eight times this. Default 500. */
  readonly resendMs?: number
}

/** What an echo multicast layer needs. */
export interface EchoOptions extends EchoTiming {
  readonly self: ProcessId
  readonly signer: Signer
  readonly verifier: Verifier
  readonly hasher: Hasher
}

/** The timing with its defaults filled in. */
export function echoTiming(given: EchoTiming): Required<EchoTiming> {
  return {
    announceMs: given.announceMs ?? 200,
    stableMs: given.stableMs ?? 1000,
    suspectMs: given.suspectMs ?? 2000,
    resendMs: given.resendMs ?? 500,
  }
}
