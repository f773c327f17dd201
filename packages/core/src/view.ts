import type { Bytes, ProcessId, ViewId } from './types.js'

/** The most members a view has. One byte names a member by its rank. */
export const MEMBERS_MAX = 64

/** A group view V^x: who is a member, in the one order that all members share (rank 0 first). */
export interface View {
  readonly id: ViewId
  /** Distinct, 1 to `MEMBERS_MAX`; the index of a member is its rank, the same at every member. */
  readonly members: readonly ProcessId[]
  /** 32 bytes that fix the group, x, the members and the history that led here: what signed statements are bound to. */
  readonly digest: Bytes
}

/** f(n): how many of n members may lie: floor((n - 1) / 3). [R94] 2 */
export function faultsMax(members: number): number {
  return Math.floor((members - 1) / 3)
}

/** Q(n) = n - f(n) = ceil((2n + 1) / 3): two such sets share an honest member. [R94] 4.1 */
export function quorum(members: number): number {
  return members - faultsMax(members)
}

/** W(n) = f(n) + 1: the least number of members that has an honest one among them. [R94] 2 */
export function weakQuorum(members: number): number {
  return faultsMax(members) + 1
}

const ranks = new WeakMap<View, ReadonlyMap<ProcessId, number>>()

/** The rank of a member in a view, or undefined for a process that is not in it. */
export function rankOf(view: View, id: ProcessId): number | undefined {
  let known = ranks.get(view)
  if (known === undefined) {
    known = new Map(view.members.map((member, rank) => [member, rank]))
    ranks.set(view, known)
  }
  return known.get(id)
}
