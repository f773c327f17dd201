import { decode, encode } from '@testudo/codec'
import {
  type Bytes,
  type Claim,
  type Effect,
  equalBytes,
  type Instant,
  invariant,
  type ProcessId,
  rankOf,
  type View,
} from '@testudo/core'
import { Accusations } from './accusations.js'
import { Announcer, type OwnMulticasts } from './announcer.js'
import type { ParsedCommit } from './certificate.js'
import { CommitCheck } from './commit-check.js'
import { wellFormedBody } from './evidence.js'
import { Forwarding } from './forwarding.js'
import { Initiator } from './initiator.js'
import { type Commit, type Echo, type EchoMessage, echoMessage } from './messages.js'
import { type EchoOptions, type EchoTiming, echoTiming } from './options.js'
import { Receipts } from './receipts.js'
import { Retention } from './retention.js'
import { Stability } from './stability.js'
import { StabilityWatch } from './stability-watch.js'
import { Witness } from './witness.js'

/** A message read ahead: its claims, and what of it need not be worked out again. */
export interface Ahead {
  readonly claims: readonly Claim[]
  readonly echo?: Claim
  readonly commit?: ParsedCommit
}

/** Echo multicast in one view: [R94] 4.1 and 4.2. Every method returns what is to be done, in order. */
export class EchoView {
  readonly view: View
  readonly #self: number
  readonly #others: readonly ProcessId[]
  readonly #options: EchoOptions & Required<EchoTiming>
  /** By rank: what was received of each member's multicasts. */
  readonly #receipts: readonly Receipts[]
  readonly #own: Initiator
  readonly #stability: Stability
  readonly #announcer: Announcer
  readonly #accusations: Accusations
  /** commits^x. */
  readonly #retention: Retention
  readonly #forwarding: Forwarding
  readonly #witness: Witness
  readonly #check: CommitCheck
  readonly #watch: StabilityWatch
  /** The version of `#stability` for which everything stable was released. */
  #settledAt = -1

  constructor(view: View, options: EchoOptions) {
    const self = rankOf(view, options.self)
    invariant(self !== undefined, 'a process runs echo multicast only in views of which it is a member')
    this.view = view
    this.#self = self
    this.#others = view.members.filter((_, rank) => rank !== self)
    this.#options = { ...options, ...echoTiming(options) }
    this.#receipts = view.members.map(() => new Receipts())
    this.#own = new Initiator(view, self, this.#options)
    this.#stability = new Stability(view.members.length)
    // A quarter of the time after which what is not announced is forwarded.
    this.#announcer = new Announcer(view.members.length, this.#options.announceMs, this.#options.stableMs / 4)
    this.#accusations = new Accusations(view, self, options.verifier)
    this.#retention = new Retention(view.members.length)
    this.#forwarding = new Forwarding(view.members.length, self, this.#options, [this.#retention, this.#stability])
    this.#witness = new Witness(view, options.signer, {
      receipts: this.#receipts,
      stability: this.#stability,
      accusations: this.#accusations,
    })
    this.#check = new CommitCheck(view, options, this.#receipts, this.#retention)
    this.#watch = new StabilityWatch(view, this.#options, {
      own: this.#own,
      retention: this.#retention,
      forwarding: this.#forwarding,
      stability: this.#stability,
      accusations: this.#accusations,
    })
  }

  /** When `wake` wants to be called next. */
  get wakeAt(): Instant | undefined {
    const announceAt = this.#announcer.wakeAt(this.#ownMulticasts())
    const { scanAt } = this.#watch
    if (announceAt === undefined || scanAt === undefined) return announceAt ?? scanAt
    return announceAt < scanAt ? announceAt : scanAt
  }

  /** E-mcast(x, m): as soon as the window has room. */
  multicast(payload: Bytes, now: Instant): readonly Effect[] {
    this.#own.enqueue(payload)
    return this.#settle(now)
  }

  /** A message of a counterpart for this view. */
  receive(from: number, message: EchoMessage, ahead: Ahead | undefined, now: Instant): readonly Effect[] {
    if (this.#accusations.isShunned(from)) return []
    switch (message.type) {
      case 'init':
        return this.#witness.echo(from, message)
      case 'echo':
        return [...this.#commit(from, message, ahead?.echo, now), ...this.#settle(now)]
      case 'commit':
        return [...this.#committed(from, message, ahead?.commit, now), ...this.#settle(now)]
    }
  }

  /** The signatures that `receive` will want checked. Changes nothing. */
  readAhead(from: number, message: EchoMessage): Ahead {
    if (message.type === 'init' || this.#accusations.isShunned(from)) return { claims: [] }
    if (message.type === 'echo') {
      const echo = this.#own.claimOf(from, message)
      return echo === undefined ? { claims: [] } : { claims: [echo], echo }
    }
    if (this.#stability.isGone(message.initiator) || !this.#check.isNews(message)) return { claims: [] }
    const commit = this.#check.parse(message)
    return commit === undefined ? { claims: [] } : { claims: this.#check.claimsOf(commit), commit }
  }

  /**
   * [R94] 4.1 step 1: the init goes to all; our own echo is in it, for what we send ourselves we receive at once.
   * [R94] 4.2 announce: what we have E-delivered of others rides on it.
   */
  #initiate(payload: Bytes | undefined, now: Instant): readonly Effect[] {
    const counters = this.#announcer.take() ? this.#stability.countersOf(this.#self) : undefined
    const init = this.#own.initiate(payload, counters, now)
    this.#watch.begin(now)
    return [this.#send(this.#others, init), ...this.#complete(init.seq, now)]
  }

  /** [R94] 4.1 step 3: with a quorum of echoes, the commit goes to all. */
  #commit(from: number, echo: Echo, known: Claim | undefined, now: Instant): readonly Effect[] {
    const wanted = this.#own.claimOf(from, echo)
    if (wanted === undefined) return [] // the quorum is complete, or it was never asked for
    if (!this.#options.verifier.verify(known ?? wanted)) return this.#accusations.convict(from, 'bad-echo')
    this.#own.echoed(from, echo.seq, echo.signature)
    return this.#complete(echo.seq, now)
  }

  #complete(seq: number, now: Instant): readonly Effect[] {
    const commit = this.#own.completed(seq)
    if (commit === undefined) return []
    const bytes = encode(echoMessage, commit)
    this.#retention.add(this.#self, seq, bytes, commit.body)
    return [{ type: 'send', to: this.#others, bytes }, ...this.#deliverInOrder(this.#self, now)]
  }

  /** [R94] 4.1 step 4: a commit from the network, unless its initiator is gone; those come only in flushes. */
  #committed(from: number, commit: Commit, known: ParsedCommit | undefined, now: Instant): readonly Effect[] {
    if (this.#stability.isGone(commit.initiator) || !this.#check.isNews(commit)) return []
    return this.#addCommit(commit, known, now) ?? this.#accusations.convict(from, 'bad-commit')
  }

  /** [R94] 4.1 step 4: a commit with a quorum of valid echoes joins commits^x; undefined if it has not got them. */
  #addCommit(commit: Commit, known: ParsedCommit | undefined, now: Instant): readonly Effect[] | undefined {
    if (!this.#check.isLacking(commit)) return []
    const parsed = known ?? this.#check.parse(commit)
    if (parsed === undefined || !this.#check.isValid(parsed)) return undefined
    // Encoded anew: the bytes that came may be part of a larger buffer, which we would keep alive.
    const bytes = encode(echoMessage, commit)
    const kept = decode(echoMessage, bytes)
    invariant(kept?.type === 'commit', 'what was encoded as a commit decodes as one')
    this.#retention.add(commit.initiator, commit.seq, bytes, kept.body)
    return [...this.#contradiction(parsed, bytes), ...this.#deliverInOrder(commit.initiator, now)]
  }

  /** [R94] 4.1 step 5: E-deliver the multicasts of a member in the order of their numbers, as far as they go. */
  #deliverInOrder(initiator: number, now: Instant): readonly Effect[] {
    const receipts = this.#receiptsOf(initiator)
    const effects: Effect[] = []
    for (;;) {
      const retained = this.#retention.get(initiator, receipts.delivered + 1)
      if (retained === undefined) return effects
      receipts.advance(retained.body.length)
      retained.deliveredAt = now
      this.#stability.advance(this.#self, initiator)
      this.#watch.begin(now)
      const content = wellFormedBody(this.view, retained.body)
      if (content === undefined) {
        const evidence = { kind: 'commit', parts: [retained.bytes] }
        effects.push(...this.#accusations.report(initiator, 'malformed-body', evidence))
        this.#announcer.heard(initiator, true, this.#ownMulticasts(), now)
        continue
      }
      if (content.counters !== undefined) this.#learnCounters(initiator, content.counters)
      if (initiator !== this.#self) {
        this.#announcer.heard(initiator, content.payload !== undefined, this.#ownMulticasts(), now)
      }
      if (content.payload === undefined) continue
      retained.payloadSeq = ++receipts.payloads
      effects.push(this.#deliver(initiator, retained.payloadSeq, content.payload))
    }
  }

  /** [R94] 4.2 stable: a member announced how far it has E-delivered everybody. Of ourselves we know better. */
  #learnCounters(teller: number, counters: readonly number[]): void {
    if (teller !== this.#self) this.#stability.learn(teller, counters)
  }

  /** [R94] 4.2 announce: our counters, in a multicast of their own when no other comes in time to carry them. */
  #announceCounters(now: Instant): readonly Effect[] {
    if (!this.#announcer.isDueAlone(this.#ownMulticasts(), now)) return []
    this.#announcer.announcedAlone(this.#own.lastSeq + 1)
    return this.#initiate(undefined, now)
  }

  /** [R94] 4.2 stable: what all members have E-delivered need not be kept, and lets its initiator go on. */
  #releaseStable(): readonly Effect[] {
    if (this.#settledAt === this.#stability.version) return []
    this.#settledAt = this.#stability.version
    return this.view.members.flatMap((sender, rank) => {
      const seq = this.#retention.tell(rank, this.#stability.stable(rank))
      this.#retention.release(rank, this.#stability.everywhere(rank))
      const stable: readonly Effect[] = seq > 0 ? [{ type: 'stable', view: this.view.id, sender, seq }] : []
      return [...stable, ...this.#witness.giveEchoes(rank)]
    })
  }

  /** Does what the last step has made possible, until nothing more is. */
  #settle(now: Instant): readonly Effect[] {
    const effects: Effect[] = []
    for (;;) {
      const before = effects.length
      effects.push(...this.#releaseStable(), ...this.#watch.shed())
      this.#own.acknowledge(this.#stability.sendable(this.#self))
      const payload = this.#own.next()
      const more = payload === undefined ? this.#announceCounters(now) : this.#initiate(payload, now)
      effects.push(...more)
      if (effects.length === before) return effects
    }
  }

  /** Time has come for something. */
  wake(now: Instant): readonly Effect[] {
    return [...this.#watch.scan(now), ...this.#settle(now)]
  }

  /** The certificates that some member may lack: commits^x. [R94] 5 step 4a */
  collect(): readonly Bytes[] {
    return this.#retention.all().map(({ retained }) => retained.bytes)
  }

  /** Certificates that others held, also those of members that are gone. [R94] 5 step 5a */
  supply(from: ProcessId, commits: readonly Bytes[], now: Instant): readonly Effect[] {
    const rank = rankOf(this.view, from) ?? this.#self
    let last: Commit | undefined
    const effects = commits.flatMap((bytes) => {
      const commit = decode(echoMessage, bytes)
      const ours = commit?.type === 'commit' && commit.view === this.view.id ? commit : undefined
      // Each certificate once, as `collect` lists them: else one bad one, said often, costs all of us a check each time.
      if (ours === undefined || !isAfter(ours, last)) return this.#accusations.report(rank, 'bad-flush')
      last = ours
      return this.#addCommit(ours, undefined, now) ?? this.#accusations.report(rank, 'bad-flush')
    })
    return [...effects, ...this.#settle(now)]
  }

  /** Starts or stops helping the multicasts of a member along. */
  hold(sender: ProcessId, held: boolean): readonly Effect[] {
    const rank = rankOf(this.view, sender)
    return rank === undefined ? [] : this.#witness.hold(rank, held)
  }

  /** A later view has come, without some of our members. */
  departed(later: View, now: Instant): readonly Effect[] {
    this.#watch.supersede()
    this.view.members.forEach((member, rank) => {
      if (rankOf(later, member) === undefined) this.#stability.leave(rank)
    })
    return this.#settle(now)
  }

  /** [R94] 5, after step 5: sends what is kept to those that may lack it, before it is forgotten. */
  retire(): readonly Effect[] {
    return this.#watch.handOver()
  }

  /** The channel to a member is up again, or gone. */
  reachable(member: ProcessId, connected: boolean, now: Instant): void {
    const rank = rankOf(this.view, member)
    if (rank === undefined) return
    if (connected) this.#forwarding.connected(rank)
    else this.#forwarding.disconnected(rank)
    this.#watch.begin(now)
  }

  /** A member sent what is not a message at all. */
  malformed(rank: number): readonly Effect[] {
    return this.#accusations.convict(rank, 'malformed')
  }

  /** A commit of another message than the one whose init we had: its initiator told two stories. */
  #contradiction({ commit, digest }: ParsedCommit, bytes: Bytes): readonly Effect[] {
    const first = this.#receiptsOf(commit.initiator).first(commit.seq)
    if (first === undefined || equalBytes(first.init.digest, digest)) return []
    return this.#accusations.initAndCommit(commit.initiator, first.init, bytes)
  }

  #deliver(initiator: number, seq: number, payload: Bytes): Effect {
    const sender = this.view.members[initiator] as ProcessId
    return { type: 'deliver', view: this.view.id, sender, seq, payload }
  }

  #ownMulticasts(): OwnMulticasts {
    const { unacknowledged, unacknowledgedQuiets } = this.#own
    return { delivered: this.#receiptsOf(this.#self).delivered, unacknowledged, unacknowledgedQuiets }
  }

  #receiptsOf(rank: number): Receipts {
    const receipts = this.#receipts[rank]
    invariant(receipts !== undefined, 'a rank names a member of the view')
    return receipts
  }

  #send(to: readonly ProcessId[], message: EchoMessage): Effect {
    return { type: 'send', to, bytes: encode(echoMessage, message) }
  }
}

/** Whether a certificate comes after another in the order of `collect`. */
function isAfter({ initiator, seq }: Commit, last: Commit | undefined): boolean {
  if (last === undefined || initiator > last.initiator) return true
  return initiator === last.initiator && seq > last.seq
}
