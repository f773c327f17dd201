import type { Down, ProcessId, ViewId } from '@testudo/core'

/** Who wants a sender held back. */
type Who = 'above' | 'here'

/** Senders that get no help with new multicasts, because a layer above or this one has as much of theirs as it can take. */
export class Holds {
  readonly #held: Map<ProcessId, Set<Who>> = new Map()

  /** Tells the layer below when the first one wants a sender held, and when nobody does any more. */
  set(view: ViewId, sender: ProcessId, who: Who, held: boolean): readonly Down[] {
    const wanting = this.#held.get(sender) ?? new Set<Who>()
    const before = wanting.size > 0
    if (held) wanting.add(who)
    else wanting.delete(who)
    if (wanting.size > 0) this.#held.set(sender, wanting)
    else this.#held.delete(sender)
    return before === wanting.size > 0 ? [] : [{ type: 'hold', view, sender, held }]
  }
}
