import { encode } from '@testudo/codec'
import { type Bytes, faultsMax, rankOf } from '@testudo/core'
import { type Init, statement } from '@testudo/echo-multicast'
import { type Liar, type LiarContext, rewriteSends } from '@testudo/simulator'
import { readEcho, writeEcho } from './echo-frames.js'

/** Sends a few members the init of another message, properly signed; they see the contradiction in the commit. */
export const equivocate: Liar = (layer, context) => {
  // As many as can be told another story while a quorum hears the first.
  const deceivable = Math.max(1, faultsMax(context.peers.length + 1))
  const deceived = new Set(context.peers.slice(-deceivable))
  return rewriteSends(layer, (to, bytes) => {
    const message = readEcho(bytes)
    if (message?.type !== 'init' || !deceived.has(to)) return [{ to, bytes }]
    return [{ to, bytes: writeEcho(otherStory(message, context)) }]
  })
}

function otherStory(init: Init, { self, environment: { genesis, hasher, signer } }: LiarContext): Init {
  const digest: Bytes = hasher.hash(init.digest)
  const domain = 'testudo/echo-multicast/echo/1'
  const initiator = rankOf(genesis, self) ?? 0
  const { seq, bytes } = init
  const said = encode(statement, { domain, viewDigest: genesis.digest, initiator, seq, bytes, digest })
  return { ...init, digest, signature: signer.sign(said) }
}
