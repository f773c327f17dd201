import {
  type Clock,
  type Identity,
  type Layer,
  type ProcessId,
  type Protocol,
  type TransportFactory,
  type TransportGuarantees,
  UsageError,
  type View,
} from '@testudo/core'
import { type Authenticator, linked } from '@testudo/link'
import { systemClock } from './clock.js'
import { aborted } from './event-queue.js'
import { genesisView } from './genesis.js'
import type { Group } from './group.js'
import { Member } from './member.js'
import { Verdicts } from './verdicts.js'
import type { TransportWarning } from './warning.js'

/** What a group is opened with. */
export interface GroupOptions {
  /** Who this process is. */
  readonly identity: Identity
  /** The members of the first view, this process among them, the same set at every member. */
  readonly members: readonly ProcessId[]
  readonly protocol: Protocol
  readonly transport: TransportFactory
  /**
   * Names one run of a group: the same at every member, and never used again with the same keys. A random text, or a
   * date, agreed upon when the group is set up. All that members sign is bound to it, and nothing is written to disk: a
   * process that stops does not know what it signed, and has to stay away until all open the group under a new name.
   * Where a name is used twice, whoever recorded the first run can have its messages delivered in the second, and prove
   * lies of honest members that signed something else there.
   */
  readonly groupName: string
  /** Required over a transport that does not authenticate. */
  readonly authenticator?: Authenticator
  /** For tests and simulations. Default `systemClock`. */
  readonly clock?: Clock
  /** False: signatures are checked on this thread when the protocol asks. Default true. */
  readonly verifyAhead?: boolean
  /** Told what the transport warns of, and what the README lists besides. */
  readonly onWarning?: (warning: TransportWarning) => void
  /** Gives up opening (rejects `aborted`), and later closes the group. */
  readonly signal?: AbortSignal
}

/**
 * Starts to take part in a group. Rejects with a `UsageError`: `members-count`, `member-key` (not a key, or one that
 * must not be a member's), `member-twice`, `not-a-member`, `group-name`, `unauthenticated-transport`, `aborted`; or
 * with the transport's `TransportError`.
 */
export async function openGroup(options: GroupOptions): Promise<Group> {
  const { identity, protocol, signal, clock = systemClock, verifyAhead = true, onWarning } = options
  const { id: self, suite, signer } = identity
  const genesis = admittedView(options)
  const verdicts = new Verdicts(suite, clock)
  const inner = protocol.create({ self, genesis, signer, verifier: verdicts, hasher: suite, random: suite })
  const refused = refusal(options)
  if (refused !== undefined) throw refused
  const transport = await options.transport.open(identity)
  const refusedNow = refusal(options, transport.guarantees)
  if (refusedNow !== undefined) {
    await transport.close()
    throw refusedNow
  }
  const layer = overLink(inner, transport.guarantees, options)
  const close = (): void => void member.close()
  const member = new Member({
    self,
    genesis,
    layer,
    transport,
    clock,
    verdicts,
    payloadBytesMax: protocol.payloadBytesMax,
    suite: verifyAhead ? suite : undefined,
    // Not within the transport's call: an error of the callback is the application's, and must not look like ours.
    warn: (warning) => queueMicrotask(() => onWarning?.(warning)),
    ended: () => signal?.removeEventListener('abort', close),
  })
  signal?.addEventListener('abort', close, { once: true })
  member.start()
  return member
}

function refusal({ signal, authenticator }: GroupOptions, transport?: TransportGuarantees): UsageError | undefined {
  if (signal?.aborted === true) return aborted(signal)
  if (transport === undefined || transport.authenticated || authenticator !== undefined) return undefined
  const hint = 'choose another transport or give an authenticator'
  return new UsageError('unauthenticated-transport', 'anybody could speak for anybody on this transport', { hint })
}

function overLink(
  inner: Layer,
  { ordered, frameBytesMax }: TransportGuarantees,
  { identity, authenticator }: GroupOptions,
): Layer {
  const options = { random: identity.suite, ordered, frameBytesMax }
  return linked(inner, authenticator === undefined ? options : { ...options, authenticator })
}

/** The genesis view, if these members may form a group and this process is one of them. */
function admittedView({ identity, members, groupName }: GroupOptions): View {
  const { id, suite } = identity
  const genesis = genesisView({ groupName, members, hasher: suite })
  for (const member of members) {
    if (suite.admissible(member)) continue
    throw new UsageError('member-key', `${member} must not be a member's key: not canonical, or not of prime order`)
  }
  if (members.includes(id)) return genesis
  throw new UsageError('not-a-member', `this process, ${id}, is not among the members`)
}
