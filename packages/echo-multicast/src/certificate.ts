import { encode } from '@testudo/codec'
import { type Bytes, type Claim, type Hasher, type ProcessId, quorum, type View } from '@testudo/core'
import { type Commit, type Init, statement } from './messages.js'

/** A commit that has the right form, with what is left to check: its signatures. */
export interface ParsedCommit {
  readonly commit: Commit
  readonly digest: Bytes
  /** One for each echo, in its order. */
  readonly claims: readonly Claim[]
}

/** What is echoed of a multicast. */
export type Said = Pick<Init, 'seq' | 'bytes' | 'digest'>

/** The bytes that an echo for a multicast of `initiator` signs in a view. */
export function statementBytes(view: View, initiator: number, said: Said): Bytes {
  const domain = 'testudo/echo-multicast/echo/1'
  const { seq, bytes, digest } = said
  return encode(statement, { domain, viewDigest: view.digest, initiator, seq, bytes, digest })
}

/**
 * Checks the form of a commit: [R94] 4.1 step 4's l, P and |P|. Undefined if it has not the form.
 *
 * DEVIATION: P has the initiator in it. An honest initiator echoes first, so it costs nothing, and it makes every
 * commit a statement that the initiator signed itself: two that differ convict it before anybody.
 */
export function parseCommit(view: View, commit: Commit, hasher: Hasher): ParsedCommit | undefined {
  const { initiator, seq, echoes } = commit
  if (seq < 1 || initiator >= view.members.length) return undefined
  if (echoes.length !== quorum(view.members.length)) return undefined
  let last = -1
  let own = false
  for (const { rank } of echoes) {
    if (rank <= last || rank >= view.members.length) return undefined
    last = rank
    if (rank === initiator) own = true
  }
  if (!own) return undefined
  const digest = hasher.hash(commit.body)
  const bytes = statementBytes(view, initiator, { seq, bytes: commit.body.length, digest })
  const claims = echoes.map(({ rank, signature }) => ({ signer: view.members[rank] as ProcessId, bytes, signature }))
  return { commit, digest, claims }
}
