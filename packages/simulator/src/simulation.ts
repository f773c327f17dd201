import {
  type Bytes,
  type Down,
  type Effect,
  type Environment,
  InvariantError,
  type Layer,
  type ProcessId,
  UsageError,
  type View,
} from '@testudo/core'
import { Agenda } from './agenda.js'
import { Host, type SimulatedNode, TOP } from './host.js'
import { makeNetwork } from './make-network.js'
import type { Network } from './network.js'
import { Prng } from './prng.js'
import { type Account, type Passing, Recorder } from './record.js'
import { type SimulatedSuite, simulatedSuite } from './simulated-suite.js'
import {
  clockOffset,
  EFFECTS_PER_STEP_MAX,
  type Script,
  type SimulationOptions,
  type Site,
  STEPS_MAX,
} from './simulation-options.js'
import { Trace } from './trace.js'
import { genesisView } from './views.js'

/**
 * Some processes with a layer each, a network and virtual time, all drawn from one seed: a run is repeated exactly by
 * its seed and script. Errors that layers throw end the run, except a `UsageError` to a scripted ask, which is logged
 * as `refused`.
 */
export class Simulation implements Script {
  readonly nodes: readonly SimulatedNode[]
  readonly genesis: View
  readonly suite: SimulatedSuite
  /** For draws of the script. */
  readonly prng: Prng
  readonly #options: SimulationOptions
  readonly #agenda = new Agenda()
  readonly #hosts: readonly Host[]
  readonly #byId: ReadonlyMap<ProcessId, Host>
  readonly #network: Network
  readonly #trace: Trace
  /** Scripted calls that have not happened yet. */
  #scripted = 0
  #steps = 0
  /** When something last passed between a stack and its application. */
  #lastEvent = 0

  constructor(options: SimulationOptions) {
    this.#options = options
    this.prng = new Prng(options.seed).fork('script')
    this.suite = simulatedSuite(options.seed)
    this.#hosts = Array.from({ length: options.nodes }, (_, index) => this.#host(index))
    this.nodes = this.#hosts
    this.#byId = new Map(this.#hosts.map((host) => [host.id, host]))
    const members = options.members ?? this.#hosts.map((_, index) => index)
    const ids = members.map((index) => this.node(index).id)
    this.genesis = genesisView(this.suite, ids)
    const { trace: text = false, describe } = options
    this.#trace = new Trace({ text, nameOf: (id) => this.nameOf(id), describe })
    this.#network = this.#makeNetwork()
    for (const host of this.#hosts) host.install(this.#build(host))
    this.#agenda.at(0, () => {
      for (const host of this.#hosts) host.input({ type: 'start' })
      this.#network.start()
    })
  }

  /** Virtual time in milliseconds. */
  get now(): number {
    return this.#agenda.now
  }

  /** What the run was so far, as a short text: equal for equal seeds and scripts. */
  get traceHash(): string {
    return this.#trace.hash
  }

  /** One line for each event; empty without the option `trace`. */
  trace(): string {
    return this.#trace.text()
  }

  node(index: number): SimulatedNode {
    return this.#hostAt(index)
  }

  nameOf(id: ProcessId): string {
    return this.#byId.get(id)?.name ?? id.slice(0, 8)
  }

  indexOf(id: ProcessId): number | undefined {
    return this.#byId.get(id)?.index
  }

  /** What each process did and heard at a level: `top`, or the name of a `tap`. For the checkers. */
  accounts(level: string = TOP): Account[] {
    return this.#hosts.map((host) => ({
      process: host.id,
      name: host.name,
      honest: host.honest,
      obedient: host.obedient,
      entries: host.recorder.entries(level),
    }))
  }

  /** Scripts a call at a virtual time. */
  at(time: number, run: () => void): void {
    this.#scripted++
    this.#agenda.at(time, () => {
      this.#scripted--
      run()
    })
  }

  /** Hands a multicast down the stack of a node, now. */
  multicast(node: number, payload: Bytes): void {
    this.ask(node, { type: 'multicast', payload })
  }

  /** Hands anything down the stack of a node, now. A `UsageError` is logged as `refused`. */
  ask(node: number, down: Down): void {
    const host = this.#hostAt(node)
    this.#later(() => host.ask(down))
  }

  /** The process never steps again; a tail of what it had sent to each peer may never arrive. */
  crash(node: number): void {
    this.#trace.note(this.now, `crash p${node}`)
    this.#hostAt(node).crash()
    this.#network.crash(node)
  }

  /** Stops a process: its inputs wait until `resume`. */
  pause(node: number): void {
    this.#trace.note(this.now, `pause p${node}`)
    this.#hostAt(node).pause()
  }

  resume(node: number): void {
    this.#trace.note(this.now, `resume p${node}`)
    this.#later(() => this.#hostAt(node).resume())
  }

  /** Nodes in different groups cannot reach each other; a node in no group reaches nobody. */
  partition(groups: readonly (readonly number[])[]): void {
    this.#trace.note(this.now, `partition ${groups.map((group) => group.map((n) => `p${n}`).join(' ')).join(' | ')}`)
    this.#network.partition(groups)
  }

  heal(): void {
    this.#trace.note(this.now, 'heal')
    this.#network.heal()
  }

  /** Runs until this virtual time. */
  runTo(time: number): void {
    this.runUntil(() => false, time)
    this.#agenda.pass(time)
  }

  /** Runs until the condition holds (true) or this virtual time came or nothing is left to happen (false). */
  runUntil(condition: () => boolean, deadline: number): boolean {
    const stepsMax = this.#options.stepsMax ?? STEPS_MAX
    while (!condition()) {
      const next = this.#agenda.next
      if (next === undefined || next > deadline) return false
      if (++this.#steps > stepsMax) throw new InvariantError(`the run took more than ${stepsMax} steps`)
      this.#agenda.step()
    }
    return true
  }

  /**
   * Runs until nothing is left to happen: no script, no message under way, no timer set. Where layers set timers for
   * ever, `idleMs` says after how long without anything handed up or down at a top the run counts as quiet, once the
   * scripts are done. False when the deadline came first.
   */
  runQuiet(deadline: number, idleMs: number = Number.POSITIVE_INFINITY): boolean {
    const quiet = (): boolean =>
      this.#scripted === 0 &&
      ((this.#network.underWay === 0 && this.#hosts.every((host) => host.armed === 0) && this.now > 0) ||
        this.now - this.#lastEvent > idleMs)
    return this.runUntil(quiet, deadline) || (this.#agenda.length === 0 && this.#scripted === 0)
  }

  #hostAt(index: number): Host {
    const host = this.#hosts[index]
    if (host === undefined) throw new UsageError('no-such-node', `there is no node ${index}`)
    return host
  }

  #host(index: number): Host {
    return new Host(
      {
        effectsPerStepMax: this.#options.effectsPerStepMax ?? EFFECTS_PER_STEP_MAX,
        now: () => this.now,
        at: (time, run) => this.#agenda.at(time, run),
        perform: (host, effect) => this.#perform(host, effect),
        observe: (host, input) => this.#trace.event(this.now, host.index, input),
        passed: (host, event) => this.#passed(host, event),
      },
      {
        index,
        id: this.suite.identity(index).id,
        liar: this.#options.liars?.has(index) ?? false,
        clockOffset: clockOffset(this.#options, index),
        recorder: new Recorder(() => this.now),
        prepare: this.#options.prepare ?? false,
      },
    )
  }

  #build(host: Host): Layer {
    const { id: self, signer } = this.suite.identity(host.index)
    const prng = new Prng(this.#options.seed).fork(`node/${host.index}`)
    const environment: Environment = {
      self,
      genesis: this.genesis,
      signer,
      verifier: this.suite,
      hasher: this.suite,
      random: prng.fork('random'),
    }
    const layer = this.#options.build(environment, host.index, this.#site(host, prng.fork('site')))
    const liar = this.#options.liars?.get(host.index)
    if (liar === undefined) return layer
    const peers = this.#hosts.map((peer) => peer.id).filter((peer) => peer !== self)
    return liar(layer, { self, peers, prng: prng.fork('liar'), environment })
  }

  #site(host: Host, prng: Prng): Site {
    return {
      node: host.index,
      id: host.id,
      obedient: host.obedient,
      crashed: () => host.crashed,
      record: host.recorder,
      prng,
      now: () => this.now,
      at: (time, run) => this.at(time, run),
      input: (input) => this.#later(() => host.input(input)),
    }
  }

  #makeNetwork(): Network {
    return makeNetwork(this.#options.network ?? {}, {
      nodes: this.#options.nodes,
      prng: new Prng(this.#options.seed).fork('network'),
      now: () => this.now,
      at: (time, run) => this.#agenda.at(time, run),
      deliver: (from, to, bytes) => this.#hostAt(to).input({ type: 'receive', from: this.#hostAt(from).id, bytes }),
      connection: (node, peer, type) => {
        this.#later(() => this.#hostAt(node).input({ type, peer: this.#hostAt(peer).id }))
      },
    })
  }

  /** At the same virtual time, but not within the step under way. */
  #later(run: () => void): void {
    this.at(this.now, run)
  }

  #perform(host: Host, effect: Effect): void {
    this.#trace.event(this.now, host.index, effect)
    switch (effect.type) {
      case 'send':
        for (const to of effect.to) {
          if (to === host.id) throw new InvariantError(`${host.name} sent a message to itself`)
          const peer = this.#byId.get(to)
          if (peer !== undefined) this.#network.send(host.index, peer.index, effect.bytes)
        }
        return
      case 'set-timer':
      case 'clear-timer':
        return
      case 'ask':
        return this.#answer(host, effect.ask, effect.request)
      default:
        this.#passed(host, effect)
    }
  }

  #answer(host: Host, ask: number, request: unknown): void {
    if (this.#options.answer === undefined)
      throw new InvariantError(`${host.name} asked, but there is no 'answer' option`)
    const answer = this.#options.answer(host.index, request)
    this.#later(() => host.input({ type: 'answer', ask, answer }))
  }

  #passed(host: Host, event: Passing): void {
    this.#lastEvent = this.now
    host.recorder.add(TOP, event)
    this.#options.onEvent?.(host.index, event, this)
  }
}
