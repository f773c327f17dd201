import { type Claim, equalBytes, type View } from '@testudo/core'
import { type ParsedCommit, parseCommit } from './certificate.js'
import type { Commit } from './messages.js'
import type { EchoOptions } from './options.js'
import type { Receipts } from './receipts.js'
import type { Retention } from './retention.js'

/** What a member checks of a commit before it counts: [R94] 4.1 step 4. Changes nothing. */
export class CommitCheck {
  readonly #view: View
  readonly #options: EchoOptions
  /** By rank. */
  readonly #receipts: readonly Receipts[]
  readonly #retention: Retention

  constructor(view: View, options: EchoOptions, receipts: readonly Receipts[], retention: Retention) {
    this.#view = view
    this.#options = options
    this.#receipts = receipts
    this.#retention = retention
  }

  /** Whether a commit is one that we neither have nor have E-delivered, and near enough to be kept. */
  isNews({ initiator, seq }: Commit): boolean {
    const receipts = this.#receipts[initiator]
    if (receipts === undefined) return true // of nobody: `parse` refuses it
    return receipts.isNear(seq) && this.#retention.get(initiator, seq) === undefined
  }

  /** As `isNews`, however far ahead: what comes in a flush is as bounded as the flush. [R94] 5 step 5a */
  isLacking({ initiator, seq }: Commit): boolean {
    const receipts = this.#receipts[initiator]
    if (receipts === undefined) return true
    return seq > receipts.delivered && this.#retention.get(initiator, seq) === undefined
  }

  /** The commit with what its echoes claim; undefined if it has not the form of one. */
  parse(commit: Commit): ParsedCommit | undefined {
    return parseCommit(this.#view, commit, this.#options.hasher)
  }

  /** The signatures that `isValid` will want checked. */
  claimsOf(parsed: ParsedCommit): readonly Claim[] {
    return parsed.claims.filter((claim) => !this.#isOurs(parsed, claim))
  }

  /** Whether all of its echoes are what their members signed. */
  isValid(parsed: ParsedCommit): boolean {
    return this.claimsOf(parsed).every((claim) => this.#options.verifier.verify(claim))
  }

  /** Our own echo in a commit, to the letter: we need not verify what we signed. */
  #isOurs({ commit, digest }: ParsedCommit, claim: Claim): boolean {
    if (claim.signer !== this.#options.self) return false
    const first = this.#receipts[commit.initiator]?.first(commit.seq)
    if (first?.echo === undefined) return false
    return equalBytes(first.init.digest, digest) && equalBytes(first.echo, claim.signature)
  }
}
