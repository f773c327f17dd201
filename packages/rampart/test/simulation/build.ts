import {
  type Bytes,
  type Environment,
  type Hasher,
  type Layer,
  type ProcessId,
  stack,
  type Up,
  type View,
} from '@testudo/core'
import { linked } from '@testudo/link'
import { fixedView, type RampartOptions, rampartLayers } from '@testudo/rampart'
import { type OracleMembership, type Site, tap } from '@testudo/simulator'
import { type Conspiracy, type Deceit, fragile, type LiarTools } from './behaviour.js'
import { behaviourOf } from './library.js'
import type { Plan } from './plan.js'

/** The levels that are judged: above echo, reliable and atomic multicast. What is above packing is the simulator's `TOP`. */
export const ABOVE_ECHO = 'E'
export const ABOVE_RELIABLE = 'R'
export const ABOVE_ATOMIC = 'A'

/** Bodies that a liar's hasher remembers. */
const BODIES_MAX = 2048

/** A change of the real protocol, at honest processes, for the judges to catch. */
export interface Mutation {
  /** Changes what the layers are given. */
  readonly environment?: (environment: Environment) => Environment
  /** Changes how the layers are put together, at liars too. */
  readonly options?: (options: RampartOptions) => RampartOptions
  /** A layer between echo multicast and the tap above it. */
  readonly aboveEcho?: (node: number) => Layer
  /** A layer between reliable multicast and the tap above it. */
  readonly aboveReliable?: (node: number) => Layer
  /** A layer between atomic multicast and the tap above it. */
  readonly aboveAtomic?: (node: number) => Layer
}

/** What all nodes of one run share. */
export interface Shared {
  readonly plan: Plan
  readonly oracle: OracleMembership | undefined
  readonly conspiracy: Conspiracy
  readonly ids: readonly ProcessId[]
  readonly mutation: Mutation | undefined
}

/** The whole stack of one node. */
export function buildNode(shared: Shared, environment: Environment, site: Site): Layer {
  const { plan } = shared
  const lie = plan.liars.find(({ node }) => node === site.node)
  const layer =
    lie === undefined ? honestStack(shared, environment, site) : lyingStack(shared, environment, site, lie.behaviour)
  if (plan.network !== 'breaking' && plan.network !== 'lossy') return layer
  return linked(layer, { random: environment.random, ordered: plan.network === 'breaking' })
}

function honestStack(shared: Shared, given: Environment, site: Site): Layer {
  const { plan, mutation } = shared
  const environment = mutation?.environment?.(given) ?? given
  const options = optionsOf(plan)
  const layers = rampartLayers(environment, mutation?.options?.(options) ?? options)
  const [echo, reliable, atomic, ...packing] = layers as [Layer, Layer, Layer, ...Layer[]]
  const extra = (make: ((node: number) => Layer) | undefined): Layer[] => (make === undefined ? [] : [make(site.node)])
  return stack(
    membership(shared, environment, site),
    echo,
    ...extra(mutation?.aboveEcho),
    tap(ABOVE_ECHO, site.record),
    reliable,
    ...extra(mutation?.aboveReliable),
    tap(ABOVE_RELIABLE, site.record),
    atomic,
    ...extra(mutation?.aboveAtomic),
    tap(ABOVE_ATOMIC, site.record),
    ...packing,
  )
}

function lyingStack(shared: Shared, honest: Environment, site: Site, behaviour: string): Layer {
  const { plan, conspiracy, ids, mutation } = shared
  const memory = new BodyMemory(honest.hasher)
  const environment: Environment = { ...honest, hasher: memory }
  const views = new Map<number, View>()
  conspiracy.signers.set(honest.self, honest.signer)
  const tools: LiarTools = {
    self: honest.self,
    peers: ids.filter((id) => id !== honest.self),
    prng: site.prng.fork('liar'),
    environment: honest,
    conspiracy,
    views,
    bodyOf: (digest) => memory.find(digest),
  }
  const deceit: Deceit = behaviourOf(behaviour).make(tools)
  const options = optionsOf(plan)
  const layers = rampartLayers(environment, mutation?.options?.(options) ?? options)
  const [echo, reliable, ...rest] = layers as [Layer, Layer, ...Layer[]]
  const whole = stack(
    membership(shared, environment, site),
    echo,
    viewWatch(views),
    ...(deceit.aboveEcho === undefined ? [] : [deceit.aboveEcho]),
    reliable,
    ...(deceit.aboveReliable === undefined ? [] : [deceit.aboveReliable]),
    ...rest,
  )
  return fragile(deceit.around?.(whole) ?? whole)
}

function membership({ oracle }: Shared, environment: Environment, site: Site): Layer {
  return oracle === undefined ? fixedView(environment.genesis) : oracle.layer(environment, site)
}

function optionsOf(plan: Plan): RampartOptions {
  const { uniform, packing, hasty } = plan
  const timing = hasty ? { stableMs: 150, suspectMs: 400, resendMs: 120, orderMs: 700, announceMs: 10 } : {}
  return { uniform, packing, ...timing }
}

/** Notes the views that echo multicast hands up. */
function viewWatch(views: Map<number, View>): Layer {
  return {
    step: (input) => {
      if (input.type === 'view') views.set(input.view.id, input.view)
      return isFromOutside(input.type) ? [] : [input as Up]
    },
  }
}

function isFromOutside(type: string): boolean {
  return ['receive', 'answer', 'timeout', 'connect', 'disconnect', 'start'].includes(type)
}

/** Remembers what was hashed: a liar looks up which body an init of its own stack is about. */
class BodyMemory implements Hasher {
  readonly #hasher: Hasher
  readonly #bodies = new Map<string, Bytes>()

  constructor(hasher: Hasher) {
    this.#hasher = hasher
  }

  hash(bytes: Bytes): Bytes {
    const digest = this.#hasher.hash(bytes)
    if (this.#bodies.size < BODIES_MAX) this.#bodies.set(digest.join(), bytes)
    return digest
  }

  find(digest: Bytes): Bytes | undefined {
    return this.#bodies.get(digest.join())
  }
}
