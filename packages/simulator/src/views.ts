import { type Hasher, type ProcessId, processIdBytes, type View, viewId } from '@testudo/core'

/** The first view of a simulated group: V^1 with these members in this order. */
export function genesisView(hasher: Hasher, members: readonly ProcessId[]): View {
  return { id: viewId(1), members, digest: chain(hasher, new Uint8Array(32), 1, members) }
}

/** The view after `previous`, its digest chained to the one before. */
export function nextView(hasher: Hasher, previous: View, members: readonly ProcessId[]): View {
  const x = previous.id + 1
  return { id: viewId(x), members, digest: chain(hasher, previous.digest, x, members) }
}

function chain(hasher: Hasher, before: Uint8Array, x: number, members: readonly ProcessId[]): Uint8Array {
  const bytes = new Uint8Array(before.length + 4 + 32 * members.length)
  bytes.set(before)
  new DataView(bytes.buffer).setUint32(before.length, x)
  members.forEach((member, rank) => {
    bytes.set(processIdBytes(member), before.length + 4 + 32 * rank)
  })
  return hasher.hash(bytes)
}
