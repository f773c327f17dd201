import type { Fault, ProcessId, View } from '@testudo/core'
import { createIdentity } from '@testudo/crypto'
import { convicts } from '@testudo/echo-multicast'

/** A fault as the demo shows it. */
export interface ShownFault {
  readonly culprit: ProcessId
  readonly code: string
  /** Ranks of the honest members that reported it, ascending. */
  readonly seenBy: readonly number[]
  readonly evidence: ShownEvidence | null
}

/** Evidence, its parts as hexadecimal digits. */
export interface ShownEvidence {
  readonly kind: string
  readonly parts: readonly string[]
  /** Whether it convicts the culprit before somebody who was not there: checked here, by the parent. */
  readonly convinces: boolean
}

interface Entry {
  readonly fault: Fault
  readonly seenBy: ReadonlySet<number>
}

/** What honest members have reported, each culprit and code once. */
export class FaultBook {
  readonly #entries = new Map<string, Entry>()

  /** A member reports a fault. */
  note(rank: number, fault: Fault): void {
    const key = `${fault.culprit} ${fault.code}`
    const known = this.#entries.get(key)
    // The same fault may come with evidence from one and without from another.
    const best = known?.fault.evidence === undefined ? fault : known.fault
    this.#entries.set(key, { fault: best, seenBy: new Set([...(known?.seenBy ?? []), rank]) })
  }

  has(culprit: ProcessId, code: string): boolean {
    return this.#entries.has(`${culprit} ${code}`)
  }

  /** All of them, with the evidence put to the test. */
  shown(view: View): readonly ShownFault[] {
    return [...this.#entries.values()].map(({ fault, seenBy }) => ({
      culprit: fault.culprit,
      code: fault.code,
      seenBy: [...seenBy].sort((a, b) => a - b),
      evidence: shownEvidence(fault, view),
    }))
  }
}

function shownEvidence({ culprit, evidence }: Fault, view: View): ShownEvidence | null {
  if (evidence === undefined) return null
  const { suite } = createIdentity() // as a stranger would: with a key of its own and nothing else
  return {
    kind: evidence.kind,
    parts: evidence.parts.map((part) => Buffer.from(part).toString('hex')),
    convinces: convicts(view, culprit, evidence, { verifier: suite, hasher: suite }),
  }
}
