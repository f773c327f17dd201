import { decode, encode } from '@testudo/codec'
import {
  type Effect as AnyEffect,
  type Bytes,
  type Deliver,
  type Input,
  type Instant,
  instant,
  invariant,
  type Layer,
  type Multicast,
  type ProcessId,
  type Step,
  type ViewEvent,
  type ViewId,
} from '@testudo/core'
import type { ReliableFaultCode } from './faults.js'
import { flushParts } from './flush.js'
import { type ReliableMessage, reliableMessage } from './messages.js'
import type { ReliableOptions } from './options.js'
import { Outgoing } from './outgoing.js'
import { ReceivedView } from './received-view.js'
import { debtors, mayDeliverView, mayFlush, newFlushes, survivors } from './rules.js'
import { hasTakenOurs, mayTellTook, noteTook, tookMessage } from './took.js'

/** `end:x`, `flush:x`, `took:x`: how long members may take to end view x, to flush into it, to say what they took. */
type ReliableTimer = `${'end' | 'flush' | 'took'}:${number}`

type Effect = AnyEffect<ReliableTimer>

/**
 * Reliable multicast ([R94] 5): Integrity, Agreement, Validity-1 and Validity-2, over echo multicast and views that
 * come from below. A view is handed up only when nothing is owed to the one before it.
 */
export function reliableMulticast(options: ReliableOptions): Layer {
  return new ReliableMulticast(options)
}

class ReliableMulticast implements Layer<ReliableTimer> {
  readonly #options: Required<ReliableOptions>
  /** The last view R-delivered, then every one received since, in order. */
  readonly #views: ReceivedView[] = []
  /** Whether the first of `#views` was R-delivered. Only a newcomer's first view is received and not delivered. */
  #begun = false
  readonly #outgoing: Outgoing = new Outgoing()
  /** Certificates handed down and not answered yet: [R94] 5 does 5a before 5b. */
  #supplying = 0

  constructor(options: ReliableOptions) {
    this.#options = { uniform: false, endMs: 6000, flushMs: 8000, ...options }
  }

  step(input: Input<ReliableTimer>, now: Instant): readonly Step<ReliableTimer>[] {
    switch (input.type) {
      case 'multicast':
        return this.#multicast(input)
      case 'deliver':
        return [...this.#delivered(input), ...this.#progress(now)]
      case 'view':
        return [...this.#received(input, now), ...this.#progress(now)]
      case 'collected':
        return [...this.#collected(input.view, input.commits, now), ...this.#progress(now)]
      case 'supplied':
        this.#supplying--
        return this.#progress(now)
      case 'hold':
        return this.#viewOf(input.view)?.holds.set(input.sender, 'above', input.held) ?? []
      case 'stable':
        return [...this.#stable(input.view, input.sender, input.seq), ...this.#progress(now)]
      case 'timeout':
        return this.#overdue(input.timer)
      default:
        return [input]
    }
  }

  /** [R94] 5 step 1: R-mcast(m) in view x is E-mcast(x, r-msg: m). While views change it waits for the next. */
  #multicast({ payload }: Multicast): readonly Effect[] {
    if (this.#begun && this.#views.length === 1) {
      this.#outgoing.send(payload)
      return [this.#echo(this.#current().event.view.id, { type: 'r-msg', payload })]
    }
    this.#outgoing.hold(payload)
    return []
  }

  /** E-deliver(p, x, m). */
  #delivered({ view: id, sender, seq, payload }: Deliver): readonly Effect[] {
    const view = this.#viewOf(id)
    if (view === undefined) return [] // a view that we have left behind
    const message = decode(reliableMessage, payload)
    switch (message?.type) {
      case 'r-msg':
        return this.#message(view, sender, seq, message.payload)
      case 'end':
        view.ended.add(sender)
        return []
      case 'flush':
        return this.#flushPart(view, sender, message.part, message.last)
      case 'took':
        return noteTook(view, sender, message.members) ? [] : [this.#suspect(sender, 'malformed')]
      case undefined:
        return [this.#suspect(sender, 'malformed')]
    }
  }

  /** [R94] 5 steps 2a and 2b: a message counts until its sender ended the view. That it came once, echo multicast sees to. */
  #message(view: ReceivedView, sender: ProcessId, echoSeq: number, payload: Bytes): readonly Effect[] {
    if (sender === this.#options.self) this.#outgoing.arrived()
    if (view.ended.has(sender)) return []
    if (!this.#options.uniform) return this.#deliverOrDefer(view, sender, payload)
    view.unstable.add(sender, echoSeq, payload)
    // Not in a view that is over: its end must get its echoes.
    const hold = view === this.#views.at(-1) && view.unstable.fill(sender) >= 1
    return hold ? view.holds.set(sender, 'here', true) : []
  }

  #deliverOrDefer(view: ReceivedView, sender: ProcessId, payload: Bytes): readonly Effect[] {
    const seq = view.nextSeq(sender)
    const delivery: Deliver = { type: 'deliver', view: view.event.view.id, sender, seq, payload }
    if (this.#begun && view === this.#current()) return [delivery] // [R94] 5 step 2a
    view.deferred.push(delivery) // [R94] 5 step 2b
    return []
  }

  /** [R94] 7: what is stable has been E-delivered by all that are still members, and may be R-delivered. */
  #stable(id: ViewId, sender: ProcessId, seq: number): readonly Effect[] {
    const view = this.#viewOf(id)
    if (view === undefined) return []
    const stable = view.unstable.takeUpTo(sender, seq).flatMap((payload) => this.#deliverOrDefer(view, sender, payload))
    const full = view.unstable.fill(sender) > 0.5
    return full ? stable : [...stable, ...view.holds.set(sender, 'here', false)]
  }

  /** [R94] 5 steps 3a and 3b: V^(x+1) is received: end V^x, and let nobody else take too long with it. */
  #received(event: ViewEvent, now: Instant): readonly Effect[] {
    const view = new ReceivedView(event)
    const before = this.#views.at(-1)
    this.#views.push(view)
    if (before === undefined) return this.#first(view)
    const old = before.event.view.id
    invariant(event.view.id === old + 1, 'views are received one after the other')
    const block: readonly Effect[] = this.#views.length === 2 && this.#begun ? [{ type: 'block', view: old }] : []
    return [...block, ...before.holds.lift(), this.#echo(old, { type: 'end' }), this.#timer('end', old, now)]
  }

  /**
   * [R94] 5, for a process in V^(x+1) - V^x: it begins at step 4a with an empty flush. Step 4b is not for it: the others
   * may have to wait for ends that it knows nothing of before they flush, and remove who keeps them waiting.
   *
   * DEVIATION: in the genesis view nobody flushes. There is no view before it whose messages could be missing, and a
   * member that is mute from the start would otherwise keep the others from beginning.
   */
  #first(view: ReceivedView): readonly Effect[] {
    if (view.event.view.id !== this.#options.genesis) return this.#flush(view, [])
    view.flushSent = true
    this.#begun = true
    return [view.event, { type: 'admit', view: view.event.view.id }, ...this.#release()]
  }

  /**
   * [R94] 5 steps 3b and 4b: remove(x + 1, p), for those that did not end or flush in time.
   *
   * DEVIATION: only for those that are still members in the newest view received, and in that view: nothing waits for
   * the others, and to ask again in later views is the membership's part ([R94] 2).
   */
  #overdue(timer: ReliableTimer): readonly Effect[] {
    const [kind, id] = timer.split(':') as ['end' | 'flush' | 'took', string]
    const index = this.#views.findIndex(({ event }) => event.view.id === Number(id))
    return debtors(this.#views, index, kind)
      .filter((member) => member !== this.#options.self)
      .map((member) => this.#suspect(member, kind === 'end' ? 'no-end' : 'no-flush'))
  }

  /** Whatever the steps with a condition allow now: 4, 5a, 5b, again and again. */
  #progress(now: Instant): readonly Effect[] {
    const effects: Effect[] = [...this.#flushWhenEnded(), ...this.#supplyFlushes()]
    while (this.#supplying === 0 && this.#mayDeliverNext()) {
      effects.push(...this.#deliverView(), ...this.#supplyFlushes())
    }
    return [...effects, ...this.#tellTook(now)]
  }

  /** [R94] 5 step 4: once all survivors ended V^x, ask for commits^x, to be flushed into V^(x+1). */
  #flushWhenEnded(): readonly Effect[] {
    const effects: Effect[] = []
    this.#views.forEach((old, index) => {
      const next = this.#views[index + 1]
      if (next === undefined || next.flushSent) return
      if (!mayFlush(this.#views.slice(index), (view, member) => this.#flushedInto(view, member))) return
      next.flushSent = true
      effects.push({ type: 'collect', view: old.event.view.id })
    })
    return effects
  }

  /** [R94] 5 steps 4a and 4b: E-mcast(x + 1, flush: commits^x), and nobody may take too long with theirs. */
  #collected(old: ViewId, commits: readonly Bytes[], now: Instant): readonly Effect[] {
    const into = this.#views.find(({ event }) => event.view.id === old + 1)
    invariant(into !== undefined, 'a flush goes into a view that was received')
    return [...this.#flush(into, commits), this.#timer('flush', into.event.view.id, now)]
  }

  #flush(into: ReceivedView, commits: readonly Bytes[]): readonly Effect[] {
    into.flushSent = true
    return flushParts(commits).map((part) => this.#echo(into.event.view.id, part))
  }

  #flushPart(view: ReceivedView, sender: ProcessId, part: Bytes, last: boolean): readonly Effect[] {
    if (view.event.view.id === this.#options.genesis) return [] // nobody flushes into it, so nobody is waited for
    const flush = view.flushOf(sender)
    if (this.#begun && view === this.#current()) flush.discard()
    const state = flush.add(part, last)
    if (state === 'bad') return [this.#suspect(sender, 'bad-flush')]
    if (state === 'complete') view.flushed.add(sender)
    return []
  }

  /**
   * [R94] 5 step 5a: the certificates in a flush join commits^y, if their bringer has been a member all along. A flush
   * that is no list of certificates counts as an empty one: all members see the same bytes, so it is empty for all.
   */
  #supplyFlushes(): readonly Effect[] {
    if (!this.#begun) return []
    return newFlushes(this.#views).flatMap(({ old, into, from }): readonly Effect[] => {
      into.supplied.add(from)
      const commits = into.flushOf(from).take()
      if (commits === undefined) return [this.#suspect(from, 'bad-flush')]
      if (from === this.#options.self || commits.length === 0) return []
      this.#supplying++
      return [{ type: 'supply', view: old.event.view.id, from, commits }]
    })
  }

  /** [R94] 5 step 5b, its condition. A newcomer, for whom no V^x was R-delivered, waits for its first view's flushes. */
  #mayDeliverNext(): boolean {
    const later = this.#begun ? this.#views.slice(1) : this.#views
    return mayDeliverView(later, (view, member) => this.#flushedFor(view, member))
  }

  /** [R94] 5 step 5b.i: R-deliver(V^(x+1)) and adds(x+1). Uniform mode first delivers what it still kept of V^x. */
  #deliverView(): readonly Effect[] {
    const effects: Effect[] = []
    if (this.#begun) {
      const old = this.#current()
      effects.push(...old.unstable.takeAll().flatMap(([from, payload]) => this.#deliverOrDefer(old, from, payload)))
      this.#views.shift()
      effects.push({ type: 'retire', view: old.event.view.id })
    }
    this.#begun = true
    const { event, deferred } = this.#current()
    effects.push(event, { type: 'admit', view: event.view.id })
    // Before what was deferred: what the layers above say in answer to it would be held for the view to come.
    if (this.#views.length > 1) effects.push({ type: 'block', view: event.view.id })
    effects.push(...deferred.splice(0)) // [R94] 5 step 5b.ii
    return [...effects, ...this.#release()]
  }

  /** Multicasts that waited for a view go out, if no further view has come meanwhile. */
  #release(): readonly Effect[] {
    if (this.#views.length > 1) return []
    return this.#outgoing.release().flatMap((payload) => [...this.#multicast({ type: 'multicast', payload })])
  }

  /** For step 4: nobody flushed into genesis, so nobody is waited for. */
  #flushedInto(view: ReceivedView, member: ProcessId): boolean {
    return view.event.view.id === this.#options.genesis || view.flushed.has(member)
  }

  /** For step 5b: in uniform mode who was in V^x must also have said, in V^(x+1), that it took the flushes that we took. */
  #flushedFor(view: ReceivedView, member: ProcessId): boolean {
    if (!view.flushed.has(member)) return false
    if (!this.#options.uniform || !this.#begun || view !== this.#views[1]) return true
    return !this.#current().event.view.members.includes(member) || hasTakenOurs(view, member)
  }

  /** Uniform mode: says in the next view whose flushes into it we took, when all survivors' are there, and when more come. */
  #tellTook(now: Instant): readonly Effect[] {
    const next = this.#views[1]
    if (!this.#options.uniform || !this.#begun || next === undefined || this.#supplying > 0) return []
    if (!mayTellTook(next, survivors(this.#views))) return []
    next.tookSent = next.supplied.size
    const { id } = next.event.view
    return [this.#echo(id, tookMessage(next)), this.#timer('took', id, now)]
  }

  #timer(what: 'end' | 'flush' | 'took', view: ViewId, now: Instant): Effect {
    const { endMs, flushMs } = this.#options
    return { type: 'set-timer', timer: `${what}:${view}`, at: instant(now + (what === 'end' ? endMs : flushMs)) }
  }

  #viewOf(id: ViewId): ReceivedView | undefined {
    return this.#views.find(({ event }) => event.view.id === id)
  }

  #current(): ReceivedView {
    const [current] = this.#views
    invariant(current !== undefined, 'a view was received')
    return current
  }

  #echo(view: ViewId, message: ReliableMessage): Effect {
    return { type: 'multicast', view, payload: encode(reliableMessage, message) }
  }

  #suspect(culprit: ProcessId, code: ReliableFaultCode): Effect {
    const latest = this.#views.at(-1)
    invariant(latest !== undefined, 'members are suspected in a view')
    return { type: 'suspect', view: latest.event.view.id, fault: { culprit, code } }
  }
}
