import type { View } from '@testudo/core'
import { compareBytes } from '@testudo/core'
import { type Checker, lastingFrom, obedientOf, Verdict } from './history.js'

/** Validity-1 ([R94] 3): an honest process delivers every view that it is a member of from then on. */
export const validity1: Checker = (history) => {
  const verdict = new Verdict('Validity-1')
  if (!history.ended) return []
  for (const { id: x } of history.views) {
    for (const { account, views } of lastingFrom(history, x)) {
      if (!views.some((view) => view.id === x)) verdict.add(`${account.name} never delivered view ${x}`)
    }
  }
  return verdict.violations
}

/**
 * Validity-2 ([R94] 3): what an honest lasting process multicasts, all honest lasting processes deliver; in the view
 * that the call named, or else in the one it was made in or a later one (see `integrity`).
 */
export const validity2: Checker = (history) => {
  const verdict = new Verdict('Validity-2')
  if (!history.ended) return []
  for (const { id: x } of history.views) {
    const lasting = lastingFrom(history, x)
    for (const p of lasting) {
      // Calls before a joiner's first view count for that view.
      const first = p.views[0]?.id ?? 0
      const calls = p.calls.filter((call) => Math.max(call.view, first) === x)
      for (const { content, exact } of new Map(calls.map((call) => [call.content, call])).values()) {
        const asked = p.calls.filter((call) => call.content === content && (exact ? call.view === x : call.view >= x))
        for (const q of lasting) {
          const fits = (view: number): boolean => (exact ? view === x : view >= x)
          const got = q.deliveries.filter((delivery) => delivery.content === content && fits(delivery.view))
          if (got.length >= asked.length) continue
          const times = `${got.length} of ${asked.length} times`
          verdict.add(`${p.account.name} multicast a message in view ${x} that ${q.account.name} delivered ${times}`)
        }
      }
    }
  }
  return verdict.violations
}

/**
 * Unique views ([R94] 2): what an obedient process delivers as V^x is the V^x that was generated, its views follow one
 * another without gaps, and it is a member of each.
 */
export const uniqueViews: Checker = (history) => {
  const verdict = new Verdict('Unique views')
  const generated = new Map(history.views.map((view) => [view.id, view]))
  for (const { account, views } of obedientOf(history)) {
    let before: View | undefined
    for (const view of views) {
      const real = generated.get(view.id)
      if (real === undefined || !sameView(real, view)) verdict.add(`${account.name} has a view ${view.id} of its own`)
      if (!view.members.includes(account.process)) verdict.add(`${account.name} is not in its view ${view.id}`)
      if (before !== undefined && view.id <= before.id) {
        verdict.add(`${account.name} delivered view ${view.id} after view ${before.id}`)
      } else if (before !== undefined && view.id > before.id + 1 && !wasAbsent(account.process, before.id, view.id)) {
        verdict.add(`${account.name} delivered view ${view.id} right after view ${before.id}`)
      }
      before = view
    }
  }
  return verdict.violations

  function wasAbsent(process: string, from: number, to: number): boolean {
    const between = history.views.filter(({ id }) => id > from && id < to)
    return between.every(({ members }) => members.every((member) => member !== process))
  }
}

function sameView(a: View, b: View): boolean {
  return (
    a.members.length === b.members.length &&
    a.members.every((member, rank) => member === b.members[rank]) &&
    compareBytes(a.digest, b.digest) === 0
  )
}
