import { decode, encode } from '@testudo/codec'
import {
  type Bytes,
  type Effect,
  type Fault,
  type Identity,
  type Input,
  type Instant,
  instant,
  type Layer,
  type ProcessId,
  type Step,
  type View,
  viewId,
} from '@testudo/core'
import { genesisView, nextView, type SimulatedSuite, simulatedSuite } from '@testudo/simulator'
import {
  type Body,
  body,
  type Commit,
  type Echo,
  type EchoMessage,
  type EchoTiming,
  echoMessage,
  echoMulticast,
  type Init,
  statement,
} from '../src/index.js'

export const text = (words: string): Bytes => new TextEncoder().encode(words)
export const read = (bytes: Bytes): string => new TextDecoder().decode(bytes)

/** An encoded body with a payload, with counters, or both. */
export function bodyOf(payload: string | Bytes | undefined, counters?: readonly number[]): Bytes {
  const given = typeof payload === 'string' ? text(payload) : payload
  return encode(body, { counters, payload: given })
}

/** The keys of a group of n, its first view, and all that its members can say. */
export class World {
  readonly suite: SimulatedSuite
  readonly ids: readonly ProcessId[]
  readonly view: View
  readonly #identities: readonly Identity[]

  constructor(n = 4) {
    this.suite = simulatedSuite(`echo of ${n}`)
    this.#identities = Array.from({ length: n }, (_, rank) => this.suite.identity(rank))
    this.ids = this.#identities.map(({ id }) => id)
    this.view = genesisView(this.suite, this.ids)
  }

  id(rank: number): ProcessId {
    return this.ids[rank] as ProcessId
  }

  /** The view after, of some of these. */
  next(before: View, ranks: readonly number[]): View {
    return nextView(
      this.suite,
      before,
      ranks.map((rank) => this.id(rank)),
    )
  }

  sign(signer: number, bytes: Bytes): Bytes {
    return (this.#identities[signer] as Identity).signer.sign(bytes)
  }

  statement(initiator: number, seq: number, of: Bytes, view: View = this.view): Bytes {
    const domain = 'testudo/echo-multicast/echo/1'
    const digest = this.suite.hash(of)
    return encode(statement, { domain, viewDigest: view.digest, initiator, seq, bytes: of.length, digest })
  }

  /** What an init asks to be signed. */
  said(initiator: number, { seq, bytes, digest }: Init, view: View = this.view): Bytes {
    const domain = 'testudo/echo-multicast/echo/1'
    return encode(statement, { domain, viewDigest: view.digest, initiator, seq, bytes, digest })
  }

  init(initiator: number, seq: number, of: Bytes, view: View = this.view): Init {
    const signature = this.sign(initiator, this.statement(initiator, seq, of, view))
    return { type: 'init', view: view.id, seq, bytes: of.length, digest: this.suite.hash(of), signature }
  }

  echo(signer: number, initiator: number, seq: number, of: Bytes, view: View = this.view): Echo {
    return { type: 'echo', view: view.id, seq, signature: this.sign(signer, this.statement(initiator, seq, of, view)) }
  }

  /** A commit with the echoes of these members: of a quorum, unless told otherwise. */
  commit(initiator: number, seq: number, of: Bytes, signers?: readonly number[], view: View = this.view): Commit {
    const { length } = view.members
    const quorum = length - Math.floor((length - 1) / 3)
    const others = view.members.map((_, rank) => rank).filter((rank) => rank !== initiator)
    const ranks = signers ?? [initiator, ...others.slice(0, quorum - 1)].sort((a, b) => a - b)
    const bytes = this.statement(initiator, seq, of, view)
    const echoes = ranks.map((rank) => ({ rank, signature: this.sign(rank, bytes) }))
    return { type: 'commit', view: view.id, initiator, seq, body: of, echoes }
  }

  /** A member that has received the first view. */
  member(rank: number, timing: EchoTiming = {}): Member {
    const member = this.newcomer(rank, timing)
    member.input({ type: 'view', view: this.view, joined: this.view.members, left: [] })
    return member
  }

  newcomer(rank: number, timing: EchoTiming = {}): Member {
    const { id: self, signer } = this.#identities[rank] as Identity
    return new Member(
      this,
      echoMulticast({ self, signer, verifier: this.suite, hasher: this.suite, ...timing }),
      this.id(rank),
    )
  }
}

/** What a member did in a step, short enough to be compared: ranks for processes, words for payloads. */
export type Told =
  | { readonly to: readonly number[]; readonly message: EchoMessage | undefined }
  | { readonly deliver: string; readonly sender: number; readonly seq: number; readonly view?: number }
  | { readonly suspect: number; readonly code: string }
  | { readonly stable: number; readonly seq: number }
  | { readonly type: string }

/** One layer, stepped by hand. Timers are not told: `runTo` keeps them. */
export class Member {
  readonly layer: Layer
  readonly self: ProcessId
  readonly world: World
  /** Every fault it has reported. */
  readonly faults: Fault[] = []
  now: Instant = instant(0)
  #wakeAt: Instant | undefined
  /** How often its timer has gone off. */
  wakes = 0

  constructor(world: World, layer: Layer, self: ProcessId) {
    this.world = world
    this.layer = layer
    this.self = self
  }

  get wakeAt(): Instant | undefined {
    return this.#wakeAt
  }

  input(input: Input): readonly Told[] {
    return this.#tell(this.layer.step(input, this.now))
  }

  multicast(payload: string | Bytes): readonly Told[] {
    return this.input({ type: 'multicast', payload: typeof payload === 'string' ? text(payload) : payload })
  }

  receive(from: number, message: EchoMessage | Bytes): readonly Told[] {
    const bytes = message instanceof Uint8Array ? message : encode(echoMessage, message)
    return this.input({ type: 'receive', from: this.world.id(from), bytes })
  }

  /** Receives the view, and says nothing of passing it on. */
  views(view: View): readonly Told[] {
    return this.input({ type: 'view', view, joined: [], left: [] }).slice(1)
  }

  /** Lets the time pass up to here, with all that the timer brings. */
  runTo(ms: number): readonly Told[] {
    const told: Told[] = []
    while (this.#wakeAt !== undefined && this.#wakeAt <= ms) {
      this.wakes++
      if (this.wakes > 10_000) throw new Error('the timer goes off for ever')
      this.now = instant(Math.max(this.now, this.#wakeAt))
      this.#wakeAt = undefined
      told.push(...this.input({ type: 'timeout', timer: 'wake' }))
    }
    this.now = instant(ms)
    return told
  }

  collect(view: View = this.world.view): readonly Bytes[] {
    const [answer] = this.layer.step({ type: 'collect', view: view.id }, this.now)
    return answer?.type === 'collected' ? answer.commits : []
  }

  #tell(steps: readonly Step[]): readonly Told[] {
    const told: Told[] = []
    for (const step of steps) {
      if (step.type === 'set-timer') this.#wakeAt = step.at
      else if (step.type === 'clear-timer') this.#wakeAt = undefined
      else told.push(this.#told(step as Effect))
    }
    return told
  }

  #told(effect: Effect): Told {
    const rank = (id: ProcessId): number => this.world.ids.indexOf(id)
    switch (effect.type) {
      case 'send':
        return { to: effect.to.map(rank), message: decode(echoMessage, effect.bytes) }
      case 'deliver': {
        const told = { deliver: read(effect.payload), sender: rank(effect.sender), seq: effect.seq }
        return effect.view === viewId(1) ? told : { ...told, view: effect.view }
      }
      case 'suspect':
        this.faults.push(effect.fault)
        return { suspect: rank(effect.fault.culprit), code: effect.fault.code }
      case 'stable':
        return { stable: rank(effect.sender), seq: effect.seq }
      default:
        return effect
    }
  }
}

/** The messages of one kind among what was told, with the ranks they go to. */
export function sent<T extends EchoMessage['type']>(
  told: readonly Told[],
  type: T,
): readonly { readonly to: readonly number[]; readonly message: EchoMessage & { readonly type: T } }[] {
  return told.flatMap((one) =>
    'to' in one && one.message?.type === type
      ? [{ to: one.to, message: one.message as EchoMessage & { readonly type: T } }]
      : [],
  )
}

/** The words delivered among what was told. */
export function delivered(told: readonly Told[]): readonly string[] {
  return told.flatMap((one) => ('deliver' in one ? [one.deliver] : []))
}

export function suspicions(told: readonly Told[]): readonly string[] {
  return told.flatMap((one) => ('suspect' in one ? [`${one.suspect} ${one.code}`] : []))
}

/** The body that a commit or an own multicast carries. */
export function bodyIn(bytes: Bytes): Body | undefined {
  return decode(body, bytes)
}
