import type { Bytes, ProcessId } from '@testudo/core'
import type { ReliableMessage } from './messages.js'
import type { ReceivedView } from './received-view.js'

/*
 * Uniform Agreement over a change of the view ([R94] 7). Who R-delivers V^(x+1) R-delivers in x all that the flushes
 * into V^(x+1) brought it, so it has to know that every member that stays was brought the same.
 *
 * DEVIATION: [R94] leaves this protocol out. Neither the stability of a flush nor the next flush of a member tells what
 * it took into account: it may have E-delivered a flush after it learned that its bringer was removed, and have gone on
 * without. So members say it: while V^x is the view delivered last, a member multicasts in V^(x+1) whose flushes it has
 * taken, and nobody R-delivers V^(x+1) before each survivor of V^x has said so of all that it took itself.
 *
 * A flush is the same at all (Lemma 2), so that the survivors R-deliver in x what the one that goes on does. Flushes
 * into views after V^(x+1) bring nothing into V^x but by way of flushes into V^(x+1), so nobody has to speak of them.
 * A member can always say what it owes: by Lemma 6 it takes no flush that somebody went on without. And who speaks in
 * V^(x+2) has R-delivered V^(x+1), so none retires V^(x+1) while a survivor may need what was said in it.
 */

/** What a member says in a view of the flushes into it: the ranks of those that it took, ascending. */
export function tookMessage({ event, supplied }: ReceivedView): ReliableMessage {
  const { members } = event.view
  return {
    type: 'took',
    members: Uint8Array.from([...members.keys()].filter((rank) => supplied.has(at(members, rank)))),
  }
}

/** Notes what a member says. False for ranks that are not ascending, or not all ranks of the view: nothing is noted. */
export function noteTook(view: ReceivedView, sender: ProcessId, ranks: Bytes): boolean {
  const { members } = view.event.view
  const canonical = ranks.every((rank, i) => rank < members.length && (i === 0 || rank > (ranks[i - 1] as number)))
  if (canonical) view.took.set(sender, new Set(Array.from(ranks, (rank) => at(members, rank))))
  return canonical
}

/** Whether a member said that it took every flush into a view that we took ourselves. */
export function hasTakenOurs(view: ReceivedView, member: ProcessId): boolean {
  const took = view.took.get(member)
  return took !== undefined && [...view.supplied].every((from) => took.has(from))
}

/** Whether there is something to say: all these members have flushed, and what we took was not said yet. */
export function mayTellTook(view: ReceivedView, survivors: readonly ProcessId[]): boolean {
  return view.supplied.size > view.tookSent && survivors.every((member) => view.supplied.has(member))
}

function at(members: readonly ProcessId[], rank: number): ProcessId {
  return members[rank] as ProcessId
}
