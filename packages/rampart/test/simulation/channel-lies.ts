import { type Bytes, type Layer, type ProcessId, rankOf } from '@testudo/core'
import type { Commit, Echo, EchoMessage, Init } from '@testudo/echo-multicast'
import { addSends, type Parcel, rewriteSends } from '@testudo/simulator'
import type { Behaviour, LiarTools } from './behaviour.js'
import { readEcho, statementOf, writeEcho } from './wire.js'

/** Messages of old views that a liar keeps for later, and how many it sends again at most. */
const OLD_MESSAGES_MAX = 64
const REPLAYS_MAX = 200

/** Replaces messages of one type by others, recipient by recipient. */
function replacing<T extends EchoMessage['type']>(
  type: T,
  change: (message: Extract<EchoMessage, { type: T }>, to: ProcessId) => readonly EchoMessage[],
): (stack: Layer) => Layer {
  return (stack) =>
    rewriteSends(stack, (to, bytes): readonly Parcel[] => {
      const message = readEcho(bytes)
      if (message?.type !== type) return [{ to, bytes }]
      return change(message as Extract<EchoMessage, { type: T }>, to).map((other) => ({ to, bytes: writeEcho(other) }))
    })
}

/** Echoes nobody, or not everybody. */
export const withholdEchoes: Behaviour = {
  name: 'withhold-echoes',
  make: ({ prng, peers }) => {
    const victims = new Set(peers.filter(() => prng.chance(0.6)))
    return { around: replacing('echo', (echo, to) => (victims.has(to) ? [] : [echo])) }
  },
}

/** Echoes with signatures of something else. */
export const badEchoes: Behaviour = {
  name: 'bad-echoes',
  make: ({ prng, environment }) => ({
    around: replacing('echo', (echo: Echo) => {
      if (!prng.chance(0.5)) return [echo]
      const signature = prng.chance(0.5) ? prng.bytes(64) : environment.signer.sign(prng.bytes(32))
      return [{ ...echo, signature }]
    }),
  }),
}

/** Signs whatever it is asked to, as often as it is asked. */
export const echoEverything: Behaviour = {
  name: 'echo-everything',
  make: ({ environment, views }) => ({
    around: (stack) =>
      addSends(stack, (input) => {
        const init = input.type === 'receive' ? readEcho(input.bytes) : undefined
        const view = init === undefined ? undefined : views.get(init.view)
        if (input.type !== 'receive' || init?.type !== 'init' || view === undefined) return []
        const initiator = rankOf(view, input.from)
        if (initiator === undefined) return []
        const { seq } = init
        const signature = environment.signer.sign(statementOf(view, initiator, init))
        return [{ to: input.from, bytes: writeEcho({ type: 'echo', view: init.view, seq, signature }) }]
      }),
  }),
}

/** Sends, beside real commits, such as no quorum has signed. */
export const forgeCommits: Behaviour = {
  name: 'forge-commits',
  make: (tools) => ({
    around: replacing('commit', (commit) => {
      const { prng } = tools
      if (!prng.chance(0.4)) return [commit]
      const forged = forgeries(commit, tools)[prng.below(FORGERIES)] as Commit
      return prng.chance(0.5) ? [forged, commit] : [forged]
    }),
  }),
}

/** How many ways of forging `forgeries` knows. */
const FORGERIES = 7

function forgeries(commit: Commit, { prng, environment, self, views }: LiarTools): readonly Commit[] {
  const { echoes } = commit
  const first = echoes[0]
  const view = views.get(commit.view)
  const rank = view === undefined ? 0 : (rankOf(view, self) ?? 0)
  const body = prng.bytes(12)
  const said = { seq: commit.seq, bytes: body.length, digest: environment.hasher.hash(body) }
  const signed = view === undefined ? body : statementOf(view, rank, said)
  const own = environment.signer.sign(signed)
  return [
    { ...commit, echoes: echoes.slice(1) },
    { ...commit, echoes: first === undefined ? [] : echoes.map(() => first) },
    { ...commit, echoes: echoes.map(({ rank: echoer }) => ({ rank: echoer, signature: prng.bytes(64) })) },
    { ...commit, body: prng.bytes(commit.body.length) },
    { ...commit, seq: commit.seq + 1 },
    { ...commit, initiator: (commit.initiator + 1) % Math.max(1, view?.members.length ?? 1) },
    { ...commit, initiator: rank, body, echoes: echoes.map(({ rank: echoer }) => ({ rank: echoer, signature: own })) },
  ]
}

/** Sends inits far ahead, twice, and with other digests, to see who signs what. */
export const wildInits: Behaviour = {
  name: 'wild-inits',
  make: ({ prng, environment, views, self }) => ({
    around: replacing('init', (init: Init) => {
      const view = views.get(init.view)
      const rank = view === undefined ? undefined : rankOf(view, self)
      if (view === undefined || rank === undefined || !prng.chance(0.3)) return [init]
      const seq = init.seq + 1 + prng.below(prng.chance(0.5) ? 5 : 1000)
      const digest = prng.bytes(32)
      const said = { seq, bytes: init.bytes, digest }
      const wild: Init = { ...init, ...said, signature: environment.signer.sign(statementOf(view, rank, said)) }
      return prng.chance(0.5) ? [wild, init] : [init, init, wild]
    }),
  }),
}

/** Sends messages of earlier views again, to anybody. */
export const replayOldViews: Behaviour = {
  name: 'replay-old-views',
  make: ({ prng, peers }) => {
    const old: { readonly view: number; readonly bytes: Bytes }[] = []
    let latest = 0
    let left = REPLAYS_MAX
    return {
      around: (stack) =>
        addSends(stack, (input, effects) => {
          const seen = [input, ...effects].flatMap((event) => ('bytes' in event ? [event.bytes] : []))
          for (const bytes of seen) {
            const view = readEcho(bytes)?.view
            if (view === undefined) continue
            latest = Math.max(latest, view)
            if (old.length < OLD_MESSAGES_MAX || prng.chance(0.1)) old[old.length % OLD_MESSAGES_MAX] = { view, bytes }
          }
          const stale = prng.pick(old.filter(({ view }) => view < latest))
          const to = prng.pick(peers)
          if (stale === undefined || to === undefined || left === 0 || effects.length === 0) return []
          left--
          return [{ to, bytes: stale.bytes }]
        }),
    }
  },
}

/** Says that it is in a view to come: its messages are for views that nobody has. */
export const future: Behaviour = {
  name: 'future-views',
  make: ({ prng }) => ({
    around: replacing('echo', (echo) => [echo, { ...echo, view: echo.view + 1 + prng.below(3) }]),
  }),
}
