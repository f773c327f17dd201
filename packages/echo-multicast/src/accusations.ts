import type { Bytes, Effect, Evidence, ProcessId, Verifier, View } from '@testudo/core'
import { statementBytes } from './certificate.js'
import type { EchoFaultCode } from './faults.js'
import type { Init } from './messages.js'

/** Whom a member has caught at what in one view. Each (member, code) is reported once. */
export class Accusations {
  readonly #view: View
  readonly #self: number
  readonly #verifier: Verifier
  /** 'rank code' of what was reported. */
  readonly #reported: Set<string> = new Set()
  /** Members that broke the protocol towards us. */
  readonly #shunned: Set<number> = new Set()

  constructor(view: View, self: number, verifier: Verifier) {
    this.#view = view
    this.#self = self
    this.#verifier = verifier
  }

  /** Whether nothing more is taken from a member directly: it broke the protocol, so it may be a liar in anything. */
  isShunned(rank: number): boolean {
    return this.#shunned.has(rank)
  }

  /** Reports a member, but goes on listening to it. */
  report(rank: number, code: EchoFaultCode, evidence?: Evidence): readonly Effect[] {
    const key = `${rank} ${code}`
    if (rank === this.#self || this.#reported.has(key)) return []
    this.#reported.add(key)
    const culprit = this.#view.members[rank] as ProcessId
    const fault = evidence === undefined ? { culprit, code } : { culprit, code, evidence }
    return [{ type: 'suspect', view: this.#view.id, fault }]
  }

  /**
   * Reports a member for something that no honest one does on its own channel, and listens to it no more.
   *
   * DEVIATION: [R94] ignores a malformed message and takes the next. Not listening bounds what a flooder costs; a
   * multicast of its own that has a quorum is still taken from others.
   */
  convict(rank: number, code: EchoFaultCode, evidence?: Evidence): readonly Effect[] {
    this.#shunned.add(rank)
    return this.report(rank, code, evidence)
  }

  /** Two inits for one seq on the same channel. */
  twoInits(rank: number, first: Init, second: Init): readonly Effect[] {
    const parts = [...this.#signed(rank, first), ...this.#signed(rank, second)]
    return this.convict(rank, 'equivocation', parts.length === 4 ? { kind: 'two-inits', parts } : undefined)
  }

  /** A commit of another message than the one whose init its initiator had sent us. */
  initAndCommit(rank: number, init: Init, commit: Bytes): readonly Effect[] {
    const signed = this.#signed(rank, init)
    return this.report(
      rank,
      'equivocation',
      signed.length === 2 ? { kind: 'init-and-commit', parts: [...signed, commit] } : undefined,
    )
  }

  /** An init as [statement, signature], if its initiator's signature is valid: only then it convinces anybody else. */
  #signed(rank: number, init: Init): readonly Bytes[] {
    const bytes = statementBytes(this.#view, rank, init)
    const signer = this.#view.members[rank] as ProcessId
    const kept = init.signature.slice()
    return this.#verifier.verify({ signer, bytes, signature: kept }) ? [bytes, kept] : []
  }
}
