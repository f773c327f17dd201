import { decode } from '@testudo/codec'
import {
  type Bytes,
  type Effect,
  type Instant,
  type Layer,
  type Prepared,
  type ProcessId,
  type Receive,
  rankOf,
  type Step,
  UsageError,
  type View,
  type ViewId,
  viewId,
} from '@testudo/core'
import { type Ahead, EchoView } from './echo-view.js'
import { EARLY_PEERS_MAX, FUTURE_BYTES_MAX, FUTURE_MESSAGES_MAX } from './limits.js'
import { type EchoMessage, echoMessage } from './messages.js'
import type { EchoOptions } from './options.js'

/** What `prepare` found. */
interface Parsed {
  readonly message: EchoMessage
  readonly ahead: Ahead
}

/** Messages of one peer for views to come. */
interface Early {
  readonly messages: { readonly view: number; readonly bytes: Bytes }[]
  bytes: number
}

/**
 * Echo multicast ([R94] 4): the l-th E-deliveries from a member, in a view, are the same at any two honest members.
 * Views come from below; each is worked on until it is retired from above.
 */
export function echoMulticast(options: EchoOptions): Layer {
  return new EchoMulticast(options)
}

class EchoMulticast implements Layer<'wake'> {
  readonly #options: EchoOptions
  /** The views worked on, oldest first. */
  readonly #views: Map<ViewId, EchoView> = new Map()
  /** [R94] 4.1: messages for a view that we have not received are kept until we do, as far as there is room. */
  readonly #early: Map<ProcessId, Early> = new Map()
  /** The last view received; 0 before the first. */
  #latest: ViewId = viewId(0)
  /** When the timer is set to go off. */
  #wakeAt: Instant | undefined
  /** Whether we are out of the group. */
  #excluded = false

  constructor(options: EchoOptions) {
    this.#options = options
  }

  step(input: Parameters<Layer<'wake'>['step']>[0], now: Instant): readonly Step<'wake'>[] {
    return this.#excluded ? this.#outside(input, now) : this.#inside(input, now)
  }

  /**
   * DEVIATION: [R94] does not say what a removed process does. It goes on to echo, and to pass on what it has, in the views that it was in: to those who
   * stay, it is one of the honest members that their quorums count on until they have left those views. It hands
   * nothing up any more.
   */
  #outside(input: Parameters<Layer<'wake'>['step']>[0], now: Instant): readonly Step<'wake'>[] {
    if (input.type === 'multicast')
      throw new UsageError('excluded', 'this process is not a member of the group any more')
    return this.#inside(input, now).filter(({ type }) => ['send', 'set-timer', 'clear-timer'].includes(type))
  }

  #inside(input: Parameters<Layer<'wake'>['step']>[0], now: Instant): readonly Step<'wake'>[] {
    switch (input.type) {
      case 'multicast':
        return this.#timed(this.#viewOf(input.view ?? this.#latest).multicast(input.payload, now))
      case 'receive':
        return this.#timed(this.#receive(input, now))
      case 'view':
        return this.#timed([input, ...this.#install(input.view, now)])
      case 'timeout':
        this.#wakeAt = undefined
        return this.#timed(this.#due(now).flatMap((view) => [...view.wake(now)]))
      case 'collect':
        return [{ type: 'collected', view: input.view, commits: this.#viewOf(input.view).collect() }]
      case 'supply': {
        const delivered = this.#viewOf(input.view).supply(input.from, input.commits, now)
        return this.#timed([...delivered, { type: 'supplied', view: input.view }])
      }
      case 'connect':
      case 'disconnect':
        for (const view of this.#views.values()) view.reachable(input.peer, input.type === 'connect', now)
        return this.#timed([input])
      case 'hold':
        return this.#timed(this.#views.get(input.view)?.hold(input.sender, input.held) ?? [])
      case 'retire':
        return this.#timed(this.#retire(input.view))
      case 'excluded':
        this.#excluded = true
        return [input]
      default:
        return [input]
    }
  }

  prepare(input: Receive): Prepared {
    const message = decode(echoMessage, input.bytes)
    const view = message === undefined ? undefined : this.#views.get(viewId(message.view))
    const from = view === undefined ? undefined : rankOf(view.view, input.from)
    if (message === undefined || view === undefined || from === undefined) return { claims: [], input }
    const ahead = view.readAhead(from, message)
    const prepared: Parsed = { message, ahead }
    return { claims: ahead.claims, input: { ...input, prepared } }
  }

  #receive(input: Receive, now: Instant): readonly Effect[] {
    const parsed = input.prepared as Parsed | undefined
    const message = parsed?.message ?? decode(echoMessage, input.bytes)
    if (message === undefined) return this.#malformed(input.from)
    if (message.view > this.#latest) {
      this.#keepEarly(input.from, message.view, input.bytes)
      return []
    }
    const view = this.#views.get(viewId(message.view))
    const from = view === undefined ? undefined : rankOf(view.view, input.from)
    if (view === undefined || from === undefined) return [] // a view of the past, or not one of its members
    return view.receive(from, message, parsed?.ahead, now)
  }

  #malformed(from: ProcessId): readonly Effect[] {
    const view = this.#views.get(this.#latest)
    const rank = view === undefined ? undefined : rankOf(view.view, from)
    return view === undefined || rank === undefined ? [] : view.malformed(rank)
  }

  #install(view: View, now: Instant): readonly Effect[] {
    const effects = [...this.#views.values()].flatMap((earlier) => [...earlier.departed(view, now)])
    this.#latest = view.id
    if (rankOf(view, this.#options.self) === undefined) return effects
    this.#views.set(view.id, new EchoView(view, this.#options))
    for (const [from, early] of this.#early) {
      const due = early.messages.filter((message) => message.view <= view.id)
      this.#forgetEarly(from, early, view)
      for (const { bytes } of due) effects.push(...this.#receive({ type: 'receive', from, bytes }, now))
    }
    return effects
  }

  #keepEarly(from: ProcessId, view: number, bytes: Bytes): void {
    const early = this.#early.get(from) ?? { messages: [], bytes: 0 }
    if (early.messages.length >= FUTURE_MESSAGES_MAX || early.bytes + bytes.length > FUTURE_BYTES_MAX) return
    if (!this.#early.has(from) && this.#early.size >= EARLY_PEERS_MAX) return
    early.messages.push({ view, bytes: bytes.slice() })
    early.bytes += bytes.length
    this.#early.set(from, early)
  }

  #forgetEarly(from: ProcessId, early: Early, installed: View): void {
    const rest = early.messages.filter((message) => message.view > installed.id)
    if (rest.length === 0) this.#early.delete(from)
    else this.#early.set(from, { messages: rest, bytes: rest.reduce((sum, { bytes }) => sum + bytes.length, 0) })
  }

  #retire(upTo: ViewId): readonly Effect[] {
    const over = [...this.#views].filter(([id]) => id <= upTo)
    for (const [id] of over) this.#views.delete(id)
    return over.flatMap(([, view]) => view.retire())
  }

  #viewOf(id: ViewId): EchoView {
    const view = this.#views.get(id)
    if (view === undefined) throw new UsageError('no-view', `view ${id} is not one this process works on`)
    return view
  }

  #due(now: Instant): readonly EchoView[] {
    return [...this.#views.values()].filter(({ wakeAt }) => wakeAt !== undefined && wakeAt <= now)
  }

  /** Adds the setting of the one timer, when the views want to be woken at another time than before. */
  #timed(effects: readonly Step[]): readonly Step<'wake'>[] {
    let at: Instant | undefined
    for (const { wakeAt } of this.#views.values())
      if (wakeAt !== undefined && (at === undefined || wakeAt < at)) at = wakeAt
    if (at === this.#wakeAt) return effects as readonly Step<'wake'>[]
    this.#wakeAt = at
    const timer =
      at === undefined
        ? ({ type: 'clear-timer', timer: 'wake' } as const)
        : ({ type: 'set-timer', timer: 'wake', at } as const)
    return [...(effects as readonly Step<'wake'>[]), timer]
  }
}
