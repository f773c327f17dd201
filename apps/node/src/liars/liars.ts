import type { Identity, ProcessId, Protocol } from '@testudo/core'
import { garbage, type Liar, mute, Prng, replay } from '@testudo/simulator'
import { equivocate } from './equivocate.js'
import { forge } from './forge.js'

/** A way to lie that the demo can show. */
export interface Lie {
  readonly liar: Liar
  /** What it does, for people. */
  readonly does: string
  /** The code of the fault that it is sure to show, in time. */
  readonly shows?: string
}

/** The lies of `--liar`, by name. */
export const LIES: Readonly<Record<string, Lie>> = {
  equivocate: { liar: equivocate, does: 'tells some members another message than the others', shows: 'equivocation' },
  forge: {
    liar: forge,
    does: 'passes on messages in the name of others, with made-up signatures',
    shows: 'bad-commit',
  },
  mute: { liar: mute, does: 'answers nobody', shows: 'unresponsive' },
  // Honest members answer a repetition as they answered the first: whether one is out of place is chance.
  replay: { liar: replay(), does: 'sends old messages again and again, also those of others' },
  garbage: { liar: garbage(), does: 'sends random bytes in place of a third of its messages', shows: 'malformed' },
}

/** The protocol with its stack wrapped by a liar: everything it sends passes through the lie. */
export function lying(protocol: Protocol, liar: Liar, identity: Identity, members: readonly ProcessId[]): Protocol {
  const peers = members.filter((member) => member !== identity.id)
  return {
    ...protocol,
    create: (environment) =>
      liar(protocol.create(environment), { self: identity.id, peers, prng: new Prng(identity.id), environment }),
  }
}
