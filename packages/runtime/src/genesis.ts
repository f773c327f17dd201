import {
  type Hasher,
  isProcessId,
  MEMBERS_MAX,
  type ProcessId,
  processIdBytes,
  UsageError,
  type View,
  viewId,
} from '@testudo/core'

/** The longest name of a group, in bytes of UTF-8. */
export const GROUP_NAME_BYTES_MAX = 255

/** What fixes the first view of a group. */
export interface GenesisOptions {
  /** Names one run of a group: see `GroupOptions`. Not empty. */
  readonly groupName: string
  /** In any order. */
  readonly members: readonly ProcessId[]
  readonly hasher: Hasher
}

const DOMAIN = 'testudo/view/1'
const LONE_SURROGATE = /\p{Surrogate}/u

/**
 * The view V^1 of a group: members sorted by their ids, and a digest of the group's name, the view's number and the
 * members. Throws a `UsageError`: `members-count`, `member-key`, `member-twice`, `group-name`.
 */
export function genesisView({ groupName, members, hasher }: GenesisOptions): View {
  if (members.length === 0 || members.length > MEMBERS_MAX) {
    throw new UsageError('members-count', `a group has 1 to ${MEMBERS_MAX} members, not ${members.length}`)
  }
  for (const member of members) {
    if (!isProcessId(member))
      throw new UsageError('member-key', `'${String(member)}' is not 64 lower-case hexadecimal digits`)
  }
  if (new Set(members).size !== members.length) throw new UsageError('member-twice', 'a member is named twice')
  const name = new TextEncoder().encode(groupName)
  if (name.length === 0 || name.length > GROUP_NAME_BYTES_MAX || LONE_SURROGATE.test(groupName)) {
    const hint = 'it names one run of a group: agree on a random text, and never use it again with the same keys'
    throw new UsageError('group-name', `a group's name is Unicode text of 1 to ${GROUP_NAME_BYTES_MAX} bytes`, { hint })
  }
  const sorted = members.toSorted((a, b) => (a < b ? -1 : 1))
  return { id: viewId(1), members: sorted, digest: hasher.hash(canonical(name, sorted)) }
}

/** Every part is of fixed length or has its length in front, so that no two groups are written alike. */
function canonical(name: Uint8Array, members: readonly ProcessId[]): Uint8Array {
  const domain = new TextEncoder().encode(DOMAIN)
  const parts = [Uint8Array.of(domain.length), domain, Uint8Array.of(name.length), name]
  parts.push(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1), Uint8Array.of(members.length), ...members.map(processIdBytes))
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
