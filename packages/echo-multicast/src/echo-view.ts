import { decode, encode } from '@testudo/codec'
import {
  type Bytes,
  type Claim,
  type Effect,
  type Evidence,
  equalBytes,
  type Instant,
  instant,
  invariant,
  type ProcessId,
  rankOf,
  type View,
} from '@testudo/core'
import { type ParsedCommit, parseCommit, statementBytes } from './certificate.js'
import { wellFormedBody } from './evidence.js'
import type { EchoFaultCode } from './faults.js'
import { Initiator } from './initiator.js'
import { ANNOUNCE_EVERY, ECHO_WINDOW } from './limits.js'
import { type Commit, type EchoMessage, echoMessage } from './messages.js'
import { type EchoOptions, echoTiming } from './options.js'
import { Retention } from './retention.js'
import { Stability } from './stability.js'

type Init = EchoMessage & { readonly type: 'init' }
type Echo = EchoMessage & { readonly type: 'echo' }

/** What we know of the multicasts of one member. */
interface Sender {
  /** c_i: how many of its multicasts were E-delivered here. */
  delivered: number
  /** How many of those had a payload. */
  payloads: number
  /** The first init of each seq that is not delivered yet, with our echo once we gave it. */
  readonly inits: Map<number, { readonly init: Init; echo: Bytes | undefined }>
  /** No new echoes for it: a layer above has as much of it as it can take. */
  held: boolean
}

/** What a certificate is checked for: who gets the blame for a bad one, and whether it came in a flush. */
interface Source {
  readonly rank: number
  readonly code: 'bad-commit' | 'bad-flush'
}

/** Echo multicast in one view: [R94] 4.1 and 4.2. Every method returns what is to be done, in order. */
export class EchoView {
  readonly view: View
  readonly #self: number
  readonly #options: EchoOptions & Required<ReturnType<typeof echoTiming>>
  readonly #senders: readonly Sender[]
  readonly #own: Initiator
  readonly #stability: Stability
  /** commits^x. */
  readonly #retention: Retention
  /** Faults already reported, as 'rank code': each once. */
  readonly #reported: Set<string> = new Set()
  /** Members that broke the protocol towards us: nothing more is taken from them directly. */
  readonly #shunned: Set<number> = new Set()
  /** Payloads E-delivered since we last announced our counters. */
  #unannounced = 0
  /** Our last multicast that had counters and no payload. */
  #lastQuiet = 0
  /** Such multicasts of ours since the window last opened: the more, the longer we wait with the next. */
  #quiets = 0
  #announceAt: Instant | undefined
  #scanAt: Instant | undefined

  constructor(view: View, options: EchoOptions) {
    const self = rankOf(view, options.self)
    invariant(self !== undefined, 'a process runs echo multicast only in views of which it is a member')
    this.view = view
    this.#self = self
    this.#options = { ...options, ...echoTiming(options) }
    this.#senders = view.members.map(() => ({ delivered: 0, payloads: 0, inits: new Map(), held: false }))
    this.#own = new Initiator(view, self, this.#options)
    this.#stability = new Stability(view.members.length)
    this.#retention = new Retention(view.members.length, self, this.#options)
  }

  /** When `wake` wants to be called next. */
  get wakeAt(): Instant | undefined {
    if (this.#announceAt === undefined || this.#scanAt === undefined) return this.#announceAt ?? this.#scanAt
    return this.#announceAt < this.#scanAt ? this.#announceAt : this.#scanAt
  }

  /** E-mcast(x, m): as soon as the window has room. */
  multicast(payload: Bytes, now: Instant): readonly Effect[] {
    this.#own.enqueue(payload)
    return this.#settle(now)
  }

  /** A message of a counterpart for this view. */
  receive(from: number, message: EchoMessage, parsed: ParsedCommit | undefined, now: Instant): readonly Effect[] {
    if (this.#shunned.has(from)) return []
    switch (message.type) {
      case 'init':
        return this.#echo(from, message)
      case 'echo':
        return [...this.#commit(from, message, now), ...this.#settle(now)]
      case 'commit': {
        if (this.#stability.isGone(message.initiator)) return [] // [R94] 4.1 step 4: of a removed member, not from the network
        const source: Source = { rank: from, code: 'bad-commit' }
        return [...this.#addCommit(source, message, parsed, now), ...this.#settle(now)]
      }
    }
  }

  /** The signatures that `receive` will want checked, and what it need not parse again. */
  claims(from: number, message: EchoMessage): { readonly claims: readonly Claim[]; readonly parsed?: ParsedCommit } {
    if (this.#shunned.has(from)) return { claims: [] }
    if (message.type === 'echo') {
      const claim = this.#echoClaim(from, message)
      return { claims: claim === undefined ? [] : [claim] }
    }
    if (message.type === 'init' || !this.#isNews(message)) return { claims: [] }
    const parsed = parseCommit(this.view, message, this.#options.hasher)
    if (parsed === undefined) return { claims: [] }
    return { claims: parsed.claims.filter((claim) => !this.#isOurEcho(parsed, claim)), parsed }
  }

  /** [R94] 4.1 step 2: echo the first digest of (initiator, seq), and only the first. */
  #echo(from: number, init: Init): readonly Effect[] {
    const sender = this.#sender(from)
    if (init.seq <= sender.delivered || init.seq > sender.delivered + ECHO_WINDOW) return [] // late, or it comes again
    const first = sender.inits.get(init.seq)
    if (first === undefined) {
      sender.inits.set(init.seq, { init: copied(init), echo: undefined })
      return this.#giveEchoes(from)
    }
    if (!equalBytes(first.init.digest, init.digest)) return this.#equivocation(from, init.seq, this.#signed(from, init))
    return first.echo === undefined ? [] : [this.#send([from], this.#echoMessage(init.seq, first.echo))]
  }

  /** Signs the inits of a member for which there is room: those not too far above what is stable, unless it is held. */
  #giveEchoes(rank: number): readonly Effect[] {
    const sender = this.#sender(rank)
    if (sender.held || this.#stability.isGone(rank)) return []
    const limit = this.#stability.acknowledged(rank) + ECHO_WINDOW
    const effects: Effect[] = []
    for (const [seq, first] of sender.inits) {
      if (first.echo !== undefined || seq > limit) continue
      first.echo = this.#options.signer.sign(statementBytes(this.view, rank, seq, first.init.digest))
      effects.push(this.#send([rank], this.#echoMessage(seq, first.echo)))
    }
    return effects
  }

  /** [R94] 4.1 step 3: with a quorum of echoes, the commit goes to all. */
  #commit(from: number, echo: Echo, now: Instant): readonly Effect[] {
    const claim = this.#echoClaim(from, echo)
    if (claim === undefined) return [] // the quorum is complete, or it was never asked for
    if (!this.#options.verifier.verify(claim)) return this.#offence(from, 'bad-echo')
    this.#own.echoed(from, echo.seq, echo.signature)
    return this.#completeOwn(echo.seq, now)
  }

  #completeOwn(seq: number, now: Instant): readonly Effect[] {
    const commit = this.#own.completed(seq)
    if (commit === undefined) return []
    const bytes = encode(echoMessage, commit)
    this.#retention.add(this.#self, seq, bytes, commit.body)
    return [this.#sendBytes(this.#others(), bytes), ...this.#deliverInOrder(this.#self, now)]
  }

  /** [R94] 4.1 step 4: a commit with a quorum of valid echoes joins commits^x. */
  #addCommit(source: Source, commit: Commit, known: ParsedCommit | undefined, now: Instant): readonly Effect[] {
    if (!this.#isNews(commit)) return []
    const parsed = known ?? parseCommit(this.view, commit, this.#options.hasher)
    const valid = parsed?.claims.every((c) => this.#isOurEcho(parsed, c) || this.#options.verifier.verify(c))
    if (parsed === undefined || !valid) return this.#offence(source.rank, source.code)
    // Encoded anew: the bytes that came may be part of a larger buffer, which we would keep alive.
    const bytes = encode(echoMessage, commit)
    const kept = decode(echoMessage, bytes)
    invariant(kept?.type === 'commit', 'what was encoded as a commit decodes as one')
    this.#retention.add(commit.initiator, commit.seq, bytes, kept.body)
    return [...this.#contradiction(parsed, bytes), ...this.#deliverInOrder(commit.initiator, now)]
  }

  /** [R94] 4.1 step 5: E-deliver the multicasts of a member in the order of their numbers, as far as they go. */
  #deliverInOrder(initiator: number, now: Instant): readonly Effect[] {
    const sender = this.#sender(initiator)
    const effects: Effect[] = []
    for (;;) {
      const retained = this.#retention.get(initiator, sender.delivered + 1)
      if (retained === undefined) return effects
      sender.delivered++
      sender.inits.delete(sender.delivered)
      retained.deliveredAt = now
      this.#stability.advance(this.#self, initiator)
      this.#scanAt ??= this.#nextScan(now)
      const content = wellFormedBody(this.view, retained.body)
      if (content === undefined) {
        effects.push(...this.#fault(initiator, 'malformed-body', { kind: 'commit', parts: [retained.bytes] }))
        continue
      }
      if (content.counters !== undefined) this.#learnCounters(initiator, content.counters)
      if (content.payload === undefined) continue
      retained.payloadSeq = ++sender.payloads
      if (initiator !== this.#self) this.#owesAnnouncement(now)
      const member = this.view.members[initiator] as ProcessId
      effects.push({
        type: 'deliver',
        view: this.view.id,
        sender: member,
        seq: sender.payloads,
        payload: content.payload,
      })
    }
  }

  /** [R94] 4.2: a member announced how far it has E-delivered everybody. */
  #learnCounters(teller: number, counters: readonly number[]): void {
    if (teller !== this.#self) this.#stability.learn(teller, counters)
  }

  #owesAnnouncement(now: Instant): void {
    this.#unannounced++
    this.#announceAt ??= instant(now + this.#options.announceMs * 2 ** Math.min(10, Math.floor(this.#quiets / 16)))
  }

  /** [R94] 4.2: our counters, for the next multicast of ours: it carries them whenever they say something new. */
  #announceCounters(): readonly number[] | undefined {
    if (this.#unannounced === 0) return undefined
    this.#unannounced = 0
    this.#announceAt = undefined
    return this.#stability.countersOf(this.#self)
  }

  /** [R94] 4.2: a multicast of counters alone, when there is no other to carry them. One at a time. */
  #announceAlone(now: Instant): readonly Effect[] {
    const due = this.#unannounced >= ANNOUNCE_EVERY || (this.#announceAt !== undefined && this.#announceAt <= now)
    if (!due || this.#unannounced === 0 || this.#lastQuiet > this.#sender(this.#self).delivered) return []
    if (this.#own.unacknowledged >= ECHO_WINDOW) return []
    this.#quiets++
    const effects = this.#initiate(undefined, now)
    this.#lastQuiet = this.#own.lastSeq
    return effects
  }

  /** [R94] 4.1 step 1: the init goes to all; our own echo is in it, for what we send ourselves we receive at once. */
  #initiate(payload: Bytes | undefined, now: Instant): readonly Effect[] {
    const init = this.#own.initiate(payload, this.#announceCounters(), now)
    this.#scanAt ??= this.#nextScan(now)
    return [this.#send(this.#others(), init), ...this.#completeOwn(this.#own.lastSeq, now)]
  }

  /** Does what the last step has made possible, until nothing more is. */
  #settle(now: Instant): readonly Effect[] {
    const effects: Effect[] = []
    for (;;) {
      const before = effects.length
      effects.push(...this.#releaseStable())
      const acknowledged = this.#stability.acknowledged(this.#self)
      this.#own.acknowledge(acknowledged)
      const payload = this.#own.next()
      if (payload !== undefined) {
        this.#quiets = 0
        effects.push(...this.#initiate(payload, now))
        continue
      }
      effects.push(...this.#announceAlone(now))
      if (effects.length === before) return effects
    }
  }

  /** [R94] 4.2: what all members have E-delivered need not be kept, and lets its initiator go on. */
  #releaseStable(): readonly Effect[] {
    const effects: Effect[] = []
    this.view.members.forEach((sender, rank) => {
      const seq = this.#retention.release(rank, this.#stability.stable(rank))
      if (seq > 0) effects.push({ type: 'stable', view: this.view.id, sender, seq })
      if (this.#sender(rank).inits.size > 0) effects.push(...this.#giveEchoes(rank))
    })
    for (const rank of this.#retention.shed(this.#stability)) effects.push(...this.#fault(rank, 'left-behind'))
    return effects
  }

  /** Time has come for something. */
  wake(now: Instant): readonly Effect[] {
    const effects: Effect[] = []
    if (this.#scanAt !== undefined && this.#scanAt <= now) {
      effects.push(...this.#forwardUnstable(now), ...this.#suspectUnresponsive(now), ...this.#resend(now))
      const more = this.#retention.wakeAt(this.#stability) ?? this.#own.resendAt()
      this.#scanAt = more === undefined ? undefined : this.#nextScan(now)
    }
    return [...effects, ...this.#settle(now)]
  }

  /** [R94] 4.2: what stays unstable is sent to those that have not announced it. */
  #forwardUnstable(now: Instant): readonly Effect[] {
    return this.#retention.forwards(this.#stability, now).map(({ bytes, to }) => this.#sendBytes(to, bytes))
  }

  /** [R94] 4.2: remove(x, r), for an r that was sent it and still does not announce it. */
  #suspectUnresponsive(now: Instant): readonly Effect[] {
    return this.#retention.unresponsive(this.#stability, now).flatMap((rank) => {
      this.#stability.suspect(rank)
      return this.#fault(rank, 'unresponsive')
    })
  }

  #resend(now: Instant): readonly Effect[] {
    return this.#own.resends(now).map(({ init, to }) => this.#send(to, init))
  }

  /** The certificates that some member may lack: commits^x. [R94] 5 step 4a */
  collect(): readonly Bytes[] {
    return this.#retention.all()
  }

  /** Certificates that others held, also those of members that are gone. [R94] 5 step 5a */
  supply(from: ProcessId, commits: readonly Bytes[], now: Instant): readonly Effect[] {
    const rank = rankOf(this.view, from) ?? this.#self
    const effects = commits.flatMap((bytes) => {
      const commit = decode(echoMessage, bytes)
      if (commit?.type !== 'commit' || commit.view !== this.view.id) return this.#fault(rank, 'bad-flush')
      return this.#addCommit({ rank, code: 'bad-flush' }, commit, undefined, now)
    })
    return [...effects, ...this.#settle(now)]
  }

  /** Starts or stops helping the multicasts of a member along. */
  hold(sender: ProcessId, held: boolean): readonly Effect[] {
    const rank = rankOf(this.view, sender)
    if (rank === undefined) return []
    this.#sender(rank).held = held
    return held ? [] : this.#giveEchoes(rank)
  }

  /** A later view has come, without these members of ours. */
  departed(later: View, now: Instant): readonly Effect[] {
    this.view.members.forEach((member, rank) => {
      if (rankOf(later, member) === undefined) this.#stability.leave(rank)
    })
    return this.#settle(now)
  }

  /** [R94] 5, after step 5: sends what is kept to those that may lack it, before it is forgotten. */
  retire(): readonly Effect[] {
    return this.#retention.lacking(this.#stability).flatMap(({ bytes, to }) => {
      return to.length === 0 ? [] : [this.#sendBytes(to, bytes)]
    })
  }

  /** A peer broke the protocol towards us: it is reported, and nothing more is taken from it. */
  offence(rank: number, code: 'malformed'): readonly Effect[] {
    return this.#offence(rank, code)
  }

  #offence(rank: number, code: EchoFaultCode): readonly Effect[] {
    if (code !== 'bad-flush') this.#shunned.add(rank)
    return this.#fault(rank, code)
  }

  /** Two inits for one seq from the same channel. */
  #equivocation(from: number, seq: number, second: readonly Bytes[]): readonly Effect[] {
    const first = this.#sender(from).inits.get(seq)
    const parts = first === undefined ? [] : [...this.#signed(from, first.init), ...second]
    this.#shunned.add(from)
    const evidence: Evidence | undefined = parts.length === 4 ? { kind: 'two-inits', parts } : undefined
    return this.#fault(from, 'equivocation', evidence)
  }

  /** A commit of another message than the one whose init we had: its initiator told two stories. */
  #contradiction({ commit, digest }: ParsedCommit, bytes: Bytes): readonly Effect[] {
    const first = this.#sender(commit.initiator).inits.get(commit.seq)
    if (first === undefined || equalBytes(first.init.digest, digest)) return []
    const signed = this.#signed(commit.initiator, first.init)
    const evidence: Evidence | undefined =
      signed.length === 2 ? { kind: 'init-and-commit', parts: [...signed, bytes] } : undefined
    return this.#fault(commit.initiator, 'equivocation', evidence)
  }

  /** An init as [statement, signature], if its initiator's signature is valid: only then it convinces anybody else. */
  #signed(from: number, init: Init): readonly Bytes[] {
    const bytes = statementBytes(this.view, from, init.seq, init.digest)
    const signer = this.view.members[from] as ProcessId
    const signature = init.signature.slice()
    return this.#options.verifier.verify({ signer, bytes, signature }) ? [bytes, signature] : []
  }

  #fault(rank: number, code: EchoFaultCode, evidence?: Evidence): readonly Effect[] {
    const key = `${rank} ${code}`
    if (this.#reported.has(key) || rank === this.#self) return []
    this.#reported.add(key)
    const culprit = this.view.members[rank] as ProcessId
    const fault = evidence === undefined ? { culprit, code } : { culprit, code, evidence }
    return [{ type: 'suspect', view: this.view.id, fault }]
  }

  /** Whether a commit is one that we neither have nor have E-delivered, and near enough to be kept. */
  #isNews({ initiator, seq }: Commit): boolean {
    const sender = this.#senders[initiator]
    if (sender === undefined) return true // not a member: `parseCommit` refuses it
    const near = seq > sender.delivered && seq <= sender.delivered + ECHO_WINDOW
    return near && this.#retention.get(initiator, seq) === undefined
  }

  /** Our own echo in a commit, to the letter: we need not verify what we signed. */
  #isOurEcho({ commit, digest }: ParsedCommit, claim: Claim): boolean {
    if (claim.signer !== this.#options.self) return false
    const first = this.#sender(commit.initiator).inits.get(commit.seq)
    if (first?.echo === undefined) return false
    return equalBytes(first.init.digest, digest) && equalBytes(first.echo, claim.signature)
  }

  #echoClaim(from: number, echo: Echo): Claim | undefined {
    const bytes = this.#own.wants(from, echo.seq)
    const signer = this.view.members[from] as ProcessId
    return bytes === undefined ? undefined : { signer, bytes, signature: echo.signature }
  }

  #echoMessage(seq: number, signature: Bytes): EchoMessage {
    return { type: 'echo', view: this.view.id, seq, signature }
  }

  #nextScan(now: Instant): Instant {
    return instant(now + Math.min(this.#options.stableMs, this.#options.resendMs) / 2)
  }

  #sender(rank: number): Sender {
    const sender = this.#senders[rank]
    invariant(sender !== undefined, 'a rank names a member of the view')
    return sender
  }

  #others(): readonly number[] {
    return this.view.members.map((_, rank) => rank).filter((rank) => rank !== this.#self)
  }

  #send(to: readonly number[], message: EchoMessage): Effect {
    return this.#sendBytes(to, encode(echoMessage, message))
  }

  #sendBytes(to: readonly number[], bytes: Bytes): Effect {
    return { type: 'send', to: to.map((rank) => this.view.members[rank] as ProcessId), bytes }
  }
}

function copied(init: Init): Init {
  return { ...init, digest: init.digest.slice(), signature: init.signature.slice() }
}
