import type { ProcessId } from '@testudo/core'
import type { ReceivedView } from './received-view.js'
import { hasTakenOurs } from './took.js'

/** The intersection of consecutive views: who has been a member through all of them. [R94] 5 */
export function survivors(views: readonly ReceivedView[]): readonly ProcessId[] {
  const [first, ...later] = views
  if (first === undefined) return []
  const sets = later.map(({ event }) => new Set(event.view.members))
  return first.event.view.members.filter((member) => sets.every((set) => set.has(member)))
}

/**
 * [R94] 5 step 4, its condition: every member of V^x that is still one has ended V^x, and had flushed into it.
 * `views` are V^x .. V^(x+k) for the largest k there is: a larger k asks less.
 */
export function mayFlush(
  views: readonly ReceivedView[],
  flushedInto: (view: ReceivedView, member: ProcessId) => boolean,
): boolean {
  const [old] = views
  if (old === undefined || views.length < 2) return false
  return survivors(views).every((member) => old.ended.has(member) && flushedInto(old, member))
}

/**
 * [R94] 5 step 5b, its condition: for some k > 0, the flushes into each of V^(x+1) .. V^(x+k) are there from every
 * member of all of these views. `later` are the views received after V^x, in order.
 */
export function mayDeliverView(
  later: readonly ReceivedView[],
  flushedInto: (view: ReceivedView, member: ProcessId) => boolean,
): boolean {
  return later.some((_, index) => {
    const upToK = later.slice(0, index + 1)
    const members = survivors(upToK)
    return upToK.every((view) => members.every((member) => flushedInto(view, member)))
  })
}

/**
 * [R94] 5 steps 3b and 4b: the members of the view with this index and of all later ones that have not ended it, or not
 * flushed into it. In uniform mode also those that have not taken our flushes into the view to be delivered next.
 */
export function debtors(
  views: readonly ReceivedView[],
  index: number,
  what: 'end' | 'flush' | 'took',
): readonly ProcessId[] {
  const view = views[index]
  if (view === undefined) return []
  if (what === 'took') return index === 1 ? survivors(views).filter((member) => !hasTakenOurs(view, member)) : []
  const paid = what === 'end' ? view.ended : view.flushed
  return survivors(views.slice(index)).filter((member) => !paid.has(member))
}

/** A flush with the certificates of `old`, that was not handed down yet. */
export interface NewFlush {
  readonly old: ReceivedView
  readonly into: ReceivedView
  readonly from: ProcessId
}

/** [R94] 5 step 5a, its condition: who flushed has been a member from the view R-delivered last to that of its flush. */
export function newFlushes(views: readonly ReceivedView[]): readonly NewFlush[] {
  return views.flatMap((into, k) => {
    const old = views[k - 1]
    if (old === undefined) return []
    return survivors(views.slice(0, k + 1))
      .filter((from) => into.flushed.has(from) && !into.supplied.has(from))
      .map((from) => ({ old, into, from }))
  })
}
