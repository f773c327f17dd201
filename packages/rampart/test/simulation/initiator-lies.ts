import { decode, encode } from '@testudo/codec'
import {
  type Bytes,
  type Input,
  type Instant,
  type Layer,
  type ProcessId,
  quorum,
  rankOf,
  type Step,
} from '@testudo/core'
import { body as bodyCodec, type Init } from '@testudo/echo-multicast'
import type { Behaviour, LiarTools } from './behaviour.js'
import { readEcho, statementOf, writeEcho } from './wire.js'

/** One of the stories that a lying initiator tells as the same multicast. */
interface Story {
  readonly body: Bytes
  /** Who gets the init. */
  readonly initTo: readonly ProcessId[]
  /** Who gets the commit. */
  readonly commitTo: readonly ProcessId[]
}

/** Says what is told instead of a body; undefined: the truth. */
type Telling = (body: Bytes, tools: LiarTools) => readonly Story[] | undefined

interface Told extends Story {
  readonly digest: Bytes
  readonly signed: Bytes
  readonly echoes: Map<number, Bytes>
  done: boolean
}

/**
 * An initiator of its own in front of the honest stack: it replaces inits, gathers the echoes for each story, adds
 * those of its fellow liars, and commits whatever reaches a quorum. The stack behind it believes the first that does.
 */
class LyingInitiator {
  readonly #stack: Layer
  readonly #tools: LiarTools
  readonly #tell: Telling
  /** By 'view/seq'. */
  readonly #told = new Map<string, readonly Told[] | undefined>()

  constructor(stack: Layer, tools: LiarTools, tell: Telling) {
    this.#stack = stack
    this.#tools = tools
    this.#tell = tell
  }

  step(input: Input, now: Instant): readonly Step[] {
    if (input.type === 'receive') {
      const message = readEcho(input.bytes)
      const told = message?.type === 'echo' ? this.#told.get(`${message.view}/${message.seq}`) : undefined
      if (message?.type === 'echo' && told !== undefined) {
        return this.#echoed(told, input.from, message.view, message.seq, message.signature, now)
      }
    }
    return this.#rewritten(this.#stack.step(input, now), now)
  }

  #rewritten(effects: readonly Step[], now: Instant): readonly Step[] {
    return effects.flatMap((effect): readonly Step[] => {
      if (effect.type !== 'send') return [effect]
      const message = readEcho(effect.bytes)
      if (message?.type !== 'init') return [effect]
      return this.#initiate(message, effect, now)
    })
  }

  #initiate(init: Init, honest: Step, now: Instant): readonly Step[] {
    const key = `${init.view}/${init.seq}`
    const known = this.#told.has(key)
    const told = known ? this.#told.get(key) : this.#invent(init)
    this.#told.set(key, told)
    if (told === undefined) return [honest]
    const sends = told.flatMap(({ body, digest, signed, initTo }) => {
      const signature = this.#tools.environment.signer.sign(signed)
      const bytes = writeEcho({ ...init, bytes: body.length, digest, signature })
      return initTo.map((to): Step => ({ type: 'send', to: [to], bytes }))
    })
    const early = known ? [] : told.flatMap((story) => this.#complete(told, story, init.view, init.seq, now))
    return [...sends, ...early]
  }

  #invent(init: Init): readonly Told[] | undefined {
    const { views, environment, self, conspiracy } = this.#tools
    const view = views.get(init.view)
    const honest = this.#tools.bodyOf(init.digest)
    const rank = view === undefined ? undefined : rankOf(view, self)
    if (view === undefined || honest === undefined || rank === undefined) return undefined
    return this.#tell(honest, this.#tools)?.map((story) => {
      const digest = environment.hasher.hash(story.body)
      const signed = statementOf(view, rank, { seq: init.seq, bytes: story.body.length, digest })
      const echoes = new Map<number, Bytes>()
      for (const [id, signer] of conspiracy.signers) {
        const fellow = rankOf(view, id)
        if (fellow !== undefined) echoes.set(fellow, signer.sign(signed))
      }
      return { ...story, digest, signed, echoes, done: false }
    })
  }

  #echoed(
    told: readonly Told[],
    from: ProcessId,
    viewNumber: number,
    seq: number,
    signature: Bytes,
    now: Instant,
  ): readonly Step[] {
    const view = this.#tools.views.get(viewNumber)
    const rank = view === undefined ? undefined : rankOf(view, from)
    if (rank === undefined) return []
    return told.flatMap((story) => {
      if (!this.#tools.environment.verifier.verify({ signer: from, bytes: story.signed, signature })) return []
      story.echoes.set(rank, signature)
      return this.#complete(told, story, viewNumber, seq, now)
    })
  }

  #complete(told: readonly Told[], story: Told, viewNumber: number, seq: number, now: Instant): readonly Step[] {
    const view = this.#tools.views.get(viewNumber)
    const rank = view === undefined ? undefined : rankOf(view, this.#tools.self)
    if (view === undefined || rank === undefined || story.done) return []
    const others = this.#tools.prng.shuffled([...story.echoes].filter(([echoer]) => echoer !== rank))
    const own = story.echoes.get(rank)
    const wanted = quorum(view.members.length)
    if (own === undefined || others.length < wanted - 1) return []
    story.done = true
    const chosen = [[rank, own] as const, ...others.slice(0, wanted - 1)].sort(([a], [b]) => a - b)
    const echoes = chosen.map(([echoer, signature]) => ({ rank: echoer, signature }))
    const bytes = writeEcho({ type: 'commit', view: viewNumber, initiator: rank, seq, body: story.body, echoes })
    const sends = story.commitTo.map((to): Step => ({ type: 'send', to: [to], bytes }))
    const first = told.every((other) => other === story || !other.done)
    const believed = first ? this.#stack.step({ type: 'receive', from: this.#tools.self, bytes }, now) : []
    return [...sends, ...this.#rewritten(believed, now)]
  }
}

function telling(name: string, tell: Telling): Behaviour {
  return { name, make: (tools) => ({ around: (stack) => new LyingInitiator(stack, tools, tell) }) }
}

/** Other payload, same counters: what an equivocator tells the other half. */
function altered(body: Bytes, tools: LiarTools): Bytes {
  const { counters, payload } = decode(bodyCodec, body) ?? { counters: undefined, payload: undefined }
  const other = payload?.slice() ?? tools.prng.bytes(8)
  const at = other.length - 1
  if (at >= 0) other[at] = (other[at] as number) ^ 1
  return encode(bodyCodec, { counters, payload: other })
}

function halves(tools: LiarTools): readonly [ProcessId[], ProcessId[]] {
  const shuffled = tools.prng.shuffled(tools.peers)
  const cut = tools.prng.between(0.2, 0.8) * shuffled.length
  return [shuffled.slice(0, cut), shuffled.slice(cut)]
}

/** Tells one half one message and the other another, and commits either to anybody if it can. */
export const equivocate: Behaviour = telling('equivocate', (body, tools) => {
  if (!tools.prng.chance(0.5)) return undefined
  const [left, right] = halves(tools)
  const all = tools.peers
  return [
    { body, initTo: left, commitTo: all },
    { body: altered(body, tools), initTo: right, commitTo: all },
  ]
})

/** Asks everybody to echo two messages as the same one, and commits each to one half. */
export const doubleCommit: Behaviour = telling('double-commit', (body, tools) => {
  if (!tools.prng.chance(0.5)) return undefined
  const [left, right] = halves(tools)
  return [
    { body, initTo: tools.peers, commitTo: left },
    { body: altered(body, tools), initTo: tools.peers, commitTo: right },
  ]
})

/** Gives its commits to some only; the others must get them from those. */
export const withholdCommits: Behaviour = telling('withhold-commits', (body, tools) => {
  return [{ body, initTo: tools.peers, commitTo: tools.peers.filter(() => tools.prng.chance(0.5)) }]
})

/** Gives each of its commits to one member. */
export const commitToOne: Behaviour = telling('commit-to-one', (body, tools) => {
  return [{ body, initTo: tools.peers, commitTo: tools.prng.shuffled(tools.peers).slice(0, 1) }]
})

/** Gives all of its commits to the same member, and to nobody else. */
export const commitToFavourite: Behaviour = {
  name: 'commit-to-favourite',
  make: (tools) => {
    const commitTo = tools.prng.shuffled(tools.peers).slice(0, 1)
    const tell: Telling = (body) => [{ body, initTo: tools.peers, commitTo }]
    return { around: (stack) => new LyingInitiator(stack, tools, tell) }
  },
}

/** Gets everybody to echo bytes that are no body. */
export const malformedBody: Behaviour = telling('malformed-body', (body, tools) => {
  const { prng, peers } = tools
  if (!prng.chance(0.5)) return undefined
  const members = [...tools.views.values()].at(-1)?.members.length ?? 0
  const bodies = [
    prng.bytes(prng.below(40)),
    encode(bodyCodec, { counters: undefined, payload: undefined }),
    encode(bodyCodec, { counters: Array.from({ length: members + 1 }, () => 0), payload: undefined }),
    body.slice(0, -1),
    encode(bodyCodec, { counters: undefined, payload: prng.bytes(prng.below(30)) }),
  ]
  return [{ body: prng.pick(bodies) as Bytes, initTo: peers, commitTo: peers }]
})

/** Announces that it has delivered what it has not, or that it has delivered nothing. */
export function lyingCounters(name: string, count: (members: number, tools: LiarTools) => number): Behaviour {
  return telling(name, (body, tools) => {
    const members = [...tools.views.values()].at(-1)?.members.length ?? 0
    const decoded = decode(bodyCodec, body)
    if (decoded === undefined) return undefined
    const counters = Array.from({ length: members }, () => count(members, tools))
    return [
      { body: encode(bodyCodec, { counters, payload: decoded.payload }), initTo: tools.peers, commitTo: tools.peers },
    ]
  })
}
