import type { Deliver, ProcessId, ViewEvent } from '@testudo/core'
import { FlushAssembly } from './flush.js'
import { Holds } from './holds.js'
import { Unstable } from './unstable.js'

/** What has been E-delivered in a view that was received, and what is still to be done with it. */
export class ReceivedView {
  readonly event: ViewEvent
  /** Members whose `end` for this view was E-delivered. */
  readonly ended: Set<ProcessId> = new Set()
  /** Members whose flush into this view was E-delivered whole. */
  readonly flushed: Set<ProcessId> = new Set()
  /** Of those, the ones whose certificates were handed down: [R94] 5 step 5a takes each once. */
  readonly supplied: Set<ProcessId> = new Set()
  /** Uniform mode: whose flushes into this view each member said it took, when it said so last. */
  readonly took: Map<ProcessId, ReadonlySet<ProcessId>> = new Map()
  /** How many of `supplied` we named when we said so last ourselves. */
  tookSent = 0
  /** defer^x: R-deliveries that wait for this view to be R-delivered. [R94] 5 */
  readonly deferred: Deliver[] = []
  /** Uniform mode: R-deliveries that wait for their multicast to be stable. */
  readonly unstable: Unstable = new Unstable()
  readonly holds: Holds
  /** The next R-delivery of each member is this one plus 1. */
  readonly #delivered: Map<ProcessId, number> = new Map()
  readonly #flushes: Map<ProcessId, FlushAssembly> = new Map()
  /** Whether our own flush into this view was sent: [R94] 5 step 4 acts once. */
  flushSent = false

  constructor(event: ViewEvent) {
    this.event = event
    this.holds = new Holds(event.view.id)
  }

  /** The number of this member's next R-delivery in this view. */
  nextSeq(sender: ProcessId): number {
    const seq = (this.#delivered.get(sender) ?? 0) + 1
    this.#delivered.set(sender, seq)
    return seq
  }

  flushOf(member: ProcessId): FlushAssembly {
    const known = this.#flushes.get(member)
    if (known !== undefined) return known
    const assembly = new FlushAssembly()
    this.#flushes.set(member, assembly)
    return assembly
  }
}
