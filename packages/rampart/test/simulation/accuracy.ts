import type { View } from '@testudo/core'
import type { Simulation, Violation } from '@testudo/simulator'
import type { Plan } from './plan.js'

/** What a member is suspected of when it is only late: by whoever cannot reach it. */
const LATENESS = new Set(['unresponsive', 'left-behind', 'no-end', 'no-flush', 'withheld-order', 'link-overflow'])

/**
 * Accuracy: no obedient process is accused of what only a liar does, and where nobody lies and nothing is late, no
 * member is accused of anything. [R94] 3, at its end: liars must not have honest members removed.
 */
export function accuracy(simulation: Simulation, plan: Plan, views: readonly View[]): readonly Violation[] {
  const calm = isCalm(plan)
  const last = views.at(-1)?.members ?? []
  const obedient = new Map(simulation.nodes.filter((node) => node.obedient).map((node) => [node.id, node]))
  const violations: Violation[] = []
  for (const node of simulation.nodes) {
    if (!node.obedient) continue
    for (const { event } of node.log) {
      if (event.type !== 'fault') continue
      const { culprit, code } = event.fault
      const accused = obedient.get(culprit)
      if (accused === undefined) continue
      const merelyLate = LATENESS.has(code) && !(calm && last.includes(node.id) && last.includes(culprit))
      if (merelyLate) continue
      violations.push({ property: 'Accuracy', sentence: `${node.name} accuses ${accused.name} of ${code}` })
    }
  }
  return violations
}

/** Nobody lies, crashes, pauses or is cut off, messages come soon, and time-outs are long. */
function isCalm({ liars, crashes, pauses, partitions, network, hasty }: Plan): boolean {
  return network === 'fifo' && !hasty && [liars, crashes, pauses, partitions].every((list) => list.length === 0)
}
