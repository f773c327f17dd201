import { type ChildProcess, fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { Identity, ProcessId } from '@testudo/core'
import { createIdentity } from '@testudo/crypto'
import { LastWords } from './last-words.js'
import type { Addresses, FromMember, ToMember } from './wire.js'

/** How long a member may take to start listening. Ten of them start at once on two cores. */
const START_MS_MAX = 30_000
/** How long a member may take to end by itself before it is killed. */
const END_MS_MAX = 2_000

/** A group of operating-system processes on this machine to be started. */
export interface ClusterOptions<Config, News> {
  /** The module that the member processes run: it calls `serveMember`. */
  readonly entry: URL
  readonly members: number
  /** What each member is told, by rank. */
  readonly config: (rank: number, members: readonly ProcessId[]) => Config
  readonly onNews?: (rank: number, news: News) => void
  /** Arguments of node itself for the children, such as `--cpu-prof`. */
  readonly execArgv?: readonly string[]
}

interface Member<Result> {
  readonly child: ChildProcess
  readonly identity: Identity
  readonly listening: Promise<number>
  readonly result: Promise<Result>
}

/** Ends with what went wrong in a member process. */
export class MemberError extends Error {
  override readonly name = 'MemberError'
  readonly code: string
  constructor(rank: number, code: string, message: string) {
    super(`member ${rank}: ${message}`)
    this.code = code
  }
}

/** Member processes of one group, each with a key of its own, as seen from their parent. */
export class Cluster<Config, News, Result> {
  /** By rank. */
  readonly ids: readonly ProcessId[]
  /** The name of this run of the group: no other has it. */
  readonly groupName: string = randomUUID()
  readonly #options: ClusterOptions<Config, News>
  readonly #members: readonly Member<Result>[]
  #ended = false

  constructor(options: ClusterOptions<Config, News>) {
    this.#options = options
    const identities = Array.from({ length: options.members }, () => createIdentity())
    identities.sort((a, b) => (a.id < b.id ? -1 : 1))
    this.ids = identities.map(({ id }) => id)
    this.#members = identities.map((identity, rank) => this.#spawn(identity, rank))
  }

  /** Opens the group in all members, then lets them begin at once. */
  async start(): Promise<void> {
    const peers: Addresses = {}
    // Of a pair the lower id dials, so who has the highest listens first.
    for (let rank = this.#members.length - 1; rank >= 0; rank--) {
      const member = this.#members[rank] as Member<Result>
      const { identity } = member
      this.#tell(rank, {
        type: 'open',
        seed: Buffer.from(identity.unsafeExportSeed()).toString('hex'),
        members: this.ids,
        groupName: this.groupName,
        peers: { ...peers },
        config: this.#options.config(rank, this.ids),
      })
      const port = await withDeadline(member.listening, START_MS_MAX, `member ${rank} did not start listening`)
      peers[identity.id] = { host: '127.0.0.1', port }
    }
    for (const rank of this.#members.keys()) this.#tell(rank, { type: 'go' })
  }

  /** What a member's task came to. Rejects with a `MemberError` when its process failed or ended before. */
  result(rank: number): Promise<Result> {
    return (this.#members[rank] as Member<Result>).result
  }

  pid(rank: number): number | undefined {
    return this.#members[rank]?.child.pid
  }

  /** Lets all members end, kills those that do not, and resolves when no process is left. */
  async end(): Promise<void> {
    this.#ended = true
    await Promise.all(
      this.#members.map(async ({ child }, rank) => {
        if (child.exitCode !== null || child.signalCode !== null) return
        const gone = once(child, 'exit')
        this.#tell(rank, { type: 'finish' })
        const timer = setTimeout(() => child.kill('SIGKILL'), END_MS_MAX)
        await gone
        clearTimeout(timer)
      }),
    )
  }

  /** Kills all members now: for the way out of a parent that was told to stop. */
  kill(): void {
    this.#ended = true
    for (const { child } of this.#members) child.kill('SIGKILL')
  }

  #tell(rank: number, message: ToMember<Config>): void {
    const child = this.#members[rank]?.child
    if (child?.connected === true) child.send(message, () => {}) // a child that is gone is noticed by its exit
  }

  #spawn(identity: Identity, rank: number): Member<Result> {
    const child = fork(this.#options.entry, [], {
      execArgv: [...(this.#options.execArgv ?? [])],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    const words = new LastWords(child)
    const listening = deferred<number>()
    const result = deferred<Result>()
    const lost = (code: string, message: string): void => {
      const error = new MemberError(rank, code, message)
      listening.reject(error)
      result.reject(error)
    }
    child.on('message', (message: FromMember<News, Result>) => {
      switch (message.type) {
        case 'listening':
          return listening.resolve(message.port)
        case 'news':
          return this.#options.onNews?.(rank, message.news)
        case 'result':
          return result.resolve(message.result)
        case 'failed':
          return lost(message.code, message.message)
      }
    })
    child.on('error', (error) => lost('member-not-started', error.message))
    // 'close' comes behind all that the process has said; 'exit' may come before.
    child.on('close', (code, signal) => {
      lost('member-ended', `its process ended (${signal ?? `code ${code}`})${words.told()}`)
    })
    // Failures are looked at where the promises are awaited; nobody may await them after the end.
    listening.promise.catch(() => this.#ended)
    result.promise.catch(() => this.#ended)
    return { child, identity, listening: listening.promise, result: result.promise }
  }
}

interface Deferred<T> {
  readonly promise: Promise<T>
  resolve(value: T): void
  reject(error: Error): void
}

function deferred<T>(): Deferred<T> {
  let settle: Pick<Deferred<T>, 'resolve' | 'reject'> | undefined
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject }
  })
  return { promise, ...(settle as Pick<Deferred<T>, 'resolve' | 'reject'>) }
}

async function withDeadline<T>(promise: Promise<T>, ms: number, sentence: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${sentence} within ${ms / 1000} s`)), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
