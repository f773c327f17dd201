import type { Down, ProcessId, ViewId } from '@testudo/core'

/** Who wants a sender held back. */
type Who = 'above' | 'here'

/** Senders that get no help with new multicasts in a view: a layer above or this one has as much of theirs as it can take. */
export class Holds {
  readonly #view: ViewId
  readonly #held: Map<ProcessId, Set<Who>> = new Map()

  constructor(view: ViewId) {
    this.#view = view
  }

  /** This layer holds nobody any more: the view is over, and what ends it must get its echoes. */
  lift(): readonly Down[] {
    return [...this.#held.keys()].flatMap((sender) => this.set(sender, 'here', false))
  }

  /** Tells the layer below when the first one wants a sender held, and when nobody does any more. */
  set(sender: ProcessId, who: Who, held: boolean): readonly Down[] {
    const wanting = this.#held.get(sender) ?? new Set<Who>()
    const before = wanting.size > 0
    if (held) wanting.add(who)
    else wanting.delete(who)
    if (wanting.size > 0) this.#held.set(sender, wanting)
    else this.#held.delete(sender)
    return before === wanting.size > 0 ? [] : [{ type: 'hold', view: this.#view, sender, held }]
  }
}
