import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Bytes, ProcessId } from '@testudo/core'
import { createIdentity } from '@testudo/crypto'
import { genesisView } from '@testudo/runtime'
import { Cluster } from '../cluster/cluster.js'
import { unlessStopped } from '../cluster/stop.js'
import { LIES } from '../liars/liars.js'
import { FaultBook } from './fault-book.js'
import { countLines, shareCount } from './lines.js'
import { judgeLogs } from './logs.js'
import { Progress } from './progress.js'
import { type DemoReport, figures } from './report.js'
import type { DemoConfig, DemoNews, DemoResult } from './types.js'

/** How long it waits, when all is delivered, until somebody notices the liar: a mute one takes three seconds. */
const NOTICE_MS = 8_000

export interface DemoOptions {
  readonly members: number
  /** The file. */
  readonly input: Bytes
  /** The name of the last member's lie. */
  readonly lie: string | undefined
  readonly uniform: boolean
  /** Stops all: kills the members, then rejects with the signal's reason. */
  readonly signal: AbortSignal
  /** Called when all members run. */
  readonly onStarted: (members: readonly StartedMember[]) => void
  /** Called with the share that is done, from 0 to 1, and what is being done. */
  readonly onProgress: (share: number, doing: string) => void
}

/** A member process that runs. */
export interface StartedMember {
  readonly rank: number
  readonly id: ProcessId
  readonly pid: number | undefined
  readonly lies: boolean
}

/** Runs the demo; resolves when no process of it is left. Rejects when a member failed or nothing moves any more. */
export async function runDemo(options: DemoOptions): Promise<DemoReport> {
  const folder = mkdtempSync(join(tmpdir(), 'testudo-demo-'))
  try {
    writeFileSync(inputPath(folder), options.input)
    const run = new DemoRun(options, folder)
    try {
      return await run.report()
    } finally {
      await run.end()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function inputPath(folder: string): string {
  return join(folder, 'input')
}

class DemoRun {
  readonly #options: DemoOptions
  readonly #folder: string
  readonly #cluster: Cluster<DemoConfig, DemoNews, DemoResult>
  /** The rank of the liar: the last, so that it is not the sequencer, without whom a fixed view has no order. */
  readonly #liar: number | undefined
  readonly #honest: readonly number[]
  readonly #progress: Progress
  readonly #faults = new FaultBook()
  #noticed: () => void = () => {}

  constructor(options: DemoOptions, folder: string) {
    const { members, lie, input } = options
    this.#options = options
    this.#folder = folder
    this.#liar = lie === undefined ? undefined : members - 1
    this.#honest = Array.from({ length: members }, (_, rank) => rank).filter((rank) => rank !== this.#liar)
    const lines = countLines(input)
    const expected = this.#honest.reduce((sum, rank) => sum + shareCount(lines, rank, members), 0)
    this.#progress = new Progress(this.#honest, expected)
    this.#cluster = new Cluster({
      entry: new URL('member.js', import.meta.url),
      members,
      config: (rank, ids) => this.#config(rank, ids),
      onNews: (rank, news) => this.#heard(rank, news),
    })
  }

  /** The whole run. */
  report(): Promise<DemoReport> {
    return unlessStopped(this.#options.signal, () => this.#run())
  }

  /** Ends all members; resolves when none is left. */
  async end(): Promise<void> {
    if (this.#options.signal.aborted) this.#cluster.kill()
    await this.#cluster.end()
  }

  async #run(): Promise<DemoReport> {
    const { members, input, onStarted, onProgress } = this.#options
    await this.#cluster.start()
    onStarted(this.#cluster.ids.map((id, rank) => this.#started(id, rank)))
    const results = await this.#progress.watch(Promise.all(this.#honest.map((rank) => this.#cluster.result(rank))))
    await this.#untilNoticed()
    onProgress(1, 'comparing the logs')
    return {
      ...judgeLogs(new Map(this.#honest.map((rank) => [rank, this.#log(rank)])), input, members),
      ...figures(results),
      members: this.#cluster.ids,
      liar: this.#liar,
      faults: this.#faults.shown(
        genesisView({
          groupName: this.#cluster.groupName,
          members: this.#cluster.ids,
          hasher: createIdentity().suite,
        }),
      ),
    }
  }

  #started(id: ProcessId, rank: number): StartedMember {
    return { rank, id, pid: this.#cluster.pid(rank), lies: rank === this.#liar }
  }

  #config(rank: number, members: readonly ProcessId[]): DemoConfig {
    const { lie, uniform } = this.#options
    return {
      input: inputPath(this.#folder),
      log: this.#log(rank),
      lie: rank === this.#liar ? lie : undefined,
      honest: this.#honest.map((honest) => members[honest] as ProcessId),
      uniform,
    }
  }

  #log(rank: number): string {
    return join(this.#folder, `member-${rank}.log`)
  }

  #heard(rank: number, news: DemoNews): void {
    if (rank === this.#liar) return // whatever it says
    switch (news.type) {
      case 'delivered':
        this.#progress.moved(rank, news.lines)
        return this.#options.onProgress(this.#progress.share(), 'of the lines delivered by all')
      case 'fault':
        this.#faults.note(rank, news.fault)
        return this.#noticed()
    }
  }

  /** Waits for a while until somebody has noticed what this liar is sure to show. */
  async #untilNoticed(): Promise<void> {
    const { lie = '', onProgress } = this.#options
    const shows = LIES[lie]?.shows
    const liar = this.#liar === undefined ? undefined : this.#cluster.ids[this.#liar]
    if (shows === undefined || liar === undefined || this.#faults.has(liar, shows)) return
    onProgress(1, 'delivered; waiting until the liar is noticed')
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      this.#noticed = () => {
        if (this.#faults.has(liar, shows)) resolve()
      }
      timer = setTimeout(resolve, NOTICE_MS)
    })
    clearTimeout(timer)
  }
}
