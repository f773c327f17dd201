import { decode } from '@testudo/codec'
import { type Evidence, equalBytes, type Hasher, type ProcessId, rankOf, type Verifier, type View } from '@testudo/core'
import { parseCommit } from './certificate.js'
import { body, echoMessage, type Statement, statement } from './messages.js'

/** How evidence of this package is laid out in `Evidence.parts`. */
export type EchoEvidenceKind =
  /** Two statements signed by the culprit for the same (view, seq): [statement, signature, statement, signature]. */
  | 'two-inits'
  /** A statement signed by the culprit, and a commit of another message as the same: [statement, signature, commit]. */
  | 'init-and-commit'
  /** A commit whose body is not a body: [commit]. */
  | 'commit'

interface Ports {
  readonly verifier: Verifier
  readonly hasher: Hasher
}

/**
 * Whether evidence convicts `culprit`, for somebody who was not there and knows only the view. Total: anything at all
 * may be handed in as evidence.
 */
export function convicts(view: View, culprit: ProcessId, evidence: Evidence, ports: Ports): boolean {
  const [first, second, third, fourth] = evidence.parts
  if (first === undefined) return false
  if (evidence.kind === 'commit') {
    const commit = commitBy(view, culprit, first, ports)
    return commit !== undefined && wellFormedBody(view, commit.body) === undefined
  }
  if (second === undefined || third === undefined) return false
  const one = statementBy(view, culprit, first, second, ports)
  const other =
    evidence.kind === 'two-inits' && fourth !== undefined
      ? statementBy(view, culprit, third, fourth, ports)
      : evidence.kind === 'init-and-commit'
        ? commitBy(view, culprit, third, ports)
        : undefined
  return one !== undefined && other !== undefined && one.seq === other.seq && !equalBytes(one.digest, other.digest)
}

/** The body in these bytes, if it is one for this view: counters for all members or none, and something at all. */
export function wellFormedBody(
  view: View,
  bytes: Uint8Array,
): { readonly counters: readonly number[] | undefined; readonly payload: Uint8Array | undefined } | undefined {
  const decoded = decode(body, bytes)
  if (decoded === undefined) return undefined
  if (decoded.counters !== undefined && decoded.counters.length !== view.members.length) return undefined
  if (decoded.counters === undefined && decoded.payload === undefined) return undefined
  return decoded
}

function statementBy(
  view: View,
  culprit: ProcessId,
  bytes: Uint8Array,
  signature: Uint8Array,
  { verifier }: Ports,
): Statement | undefined {
  const said = decode(statement, bytes)
  if (said === undefined || !equalBytes(said.viewDigest, view.digest)) return undefined
  if (said.initiator !== rankOf(view, culprit)) return undefined
  return verifier.verify({ signer: culprit, bytes, signature }) ? said : undefined
}

function commitBy(
  view: View,
  culprit: ProcessId,
  bytes: Uint8Array,
  { verifier, hasher }: Ports,
): { readonly seq: number; readonly digest: Uint8Array; readonly body: Uint8Array } | undefined {
  const message = decode(echoMessage, bytes)
  if (message?.type !== 'commit' || message.view !== view.id) return undefined
  if (message.initiator !== rankOf(view, culprit)) return undefined
  const parsed = parseCommit(view, message, hasher)
  if (parsed === undefined || !parsed.claims.every((claim) => verifier.verify(claim))) return undefined
  return { seq: message.seq, digest: parsed.digest, body: message.body }
}
