import { quorum } from '@testudo/core'
import type { Commit } from '@testudo/echo-multicast'
import { addSends, type Liar, type Prng } from '@testudo/simulator'
import { writeEcho } from './echo-frames.js'

/** Once in so many steps a forged commit is sent. */
const EVERY_STEPS = 5

/** Sends commits of messages that others never sent, with a quorum of made-up echoes. */
export const forge: Liar = (layer, { environment: { genesis }, peers, prng }) => {
  let steps = 0
  return addSends(layer, () => {
    if (steps++ % EVERY_STEPS !== EVERY_STEPS - 1) return []
    const initiator = prng.below(genesis.members.length)
    const commit = madeUp(initiator, genesis.id, genesis.members.length, prng)
    return peers.map((to) => ({ to, bytes: writeEcho(commit) }))
  })
}

/** Forged ones are for one of the first multicasts, which may be awaited. */
const SEQS = 64

function madeUp(initiator: number, view: number, members: number, prng: Prng): Commit {
  const echoes = Array.from({ length: quorum(members) }, (_, rank) => ({ rank, signature: prng.bytes(64) }))
  return { type: 'commit', view, initiator, seq: 1 + prng.below(SEQS), body: prng.bytes(40), echoes }
}
