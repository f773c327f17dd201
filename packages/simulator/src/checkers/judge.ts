import type { Guarantees } from '@testudo/core'
import { agreement, lemma2, uniformAgreement } from './agreement.js'
import type { Checker, History, Violation } from './history.js'
import { integrity, lemma1, numbering, placement } from './integrity.js'
import { lemma3, order, uniformOrder } from './order.js'
import { uniqueViews, validity1, validity2 } from './validity.js'

/** What echo multicast promises ([R94] 4), at the level above it. */
export const echoCheckers: readonly Checker[] = [numbering, lemma1, lemma2]

/** What reliable multicast promises ([R94] 3, 5). */
export const reliableCheckers: readonly Checker[] = [
  uniqueViews,
  placement,
  numbering,
  integrity,
  lemma2,
  agreement,
  validity1,
  validity2,
  lemma3,
]

/** What atomic multicast promises ([R94] 3, 6). */
export const atomicCheckers: readonly Checker[] = [
  uniqueViews,
  placement,
  numbering,
  integrity,
  agreement,
  validity1,
  validity2,
  order,
]

/** What the uniform variant promises besides ([R94] 7), of reliable and of atomic multicast. */
export const uniformCheckers: { readonly fifo: readonly Checker[]; readonly total: readonly Checker[] } = {
  fifo: [uniformAgreement],
  total: [uniformAgreement, uniformOrder],
}

/** The checkers for what a stack promises at its top. */
export function checkersFor({ agreement: kind, order: sequence }: Guarantees): readonly Checker[] {
  if (kind === 'consistent') return [numbering, integrity, lemma2, ...(sequence === 'total' ? [order] : [])]
  const base = sequence === 'total' ? atomicCheckers : reliableCheckers
  return kind === 'uniform' ? [...base, ...uniformCheckers[sequence]] : base
}

/** What all these checkers found. */
export function judge(history: History, checkers: readonly Checker[]): readonly Violation[] {
  return checkers.flatMap((checker) => checker(history))
}
