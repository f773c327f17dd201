import { closeSync, openSync, writeSync } from 'node:fs'
import type { Bytes, ProcessId } from '@testudo/core'
import { rampart } from '@testudo/rampart'
import { serveMember, type TaskContext } from '../cluster/member.js'
import { LIES, lying } from '../liars/liars.js'
import { readLines, shareOf } from './lines.js'
import type { DemoConfig, DemoNews, DemoResult } from './types.js'

/** The first byte of what the demo multicasts: a line follows, the sender has no more, the sender is there. */
const LINE = 0
const END = 1
const HELLO = 2

/** How often the parent hears how far it is, in milliseconds. */
const NEWS_MS = 100
/** Lines of which the latency is kept: the first so many. */
const LATENCIES_MAX = 10_000
/** The log is written in pieces of about this many bytes. */
const LOG_PIECE_BYTES = 64 * 1024

serveMember<DemoConfig, DemoNews, DemoResult>({
  protocol: ({ lie, uniform }, identity, members) => {
    const protocol = rampart({ uniform })
    const lied = lie === undefined ? undefined : LIES[lie]
    return lied === undefined ? protocol : lying(protocol, lied.liar, identity, members)
  },
  run: async (context) => {
    const { group, config, members } = context
    const own = shareOf(readLines(config.file), members.indexOf(group.self), members.length)
    const log = new DemoLog(context)
    void log.follow()
    // The clock starts when the group works: when this has gone once through the one order.
    if (config.lie === undefined) await group.multicast(framed(HELLO, NOTHING), { until: 'ordered' })
    log.begin()
    for (const line of own) {
      log.sent()
      await group.multicast(framed(LINE, line))
    }
    await group.multicast(framed(END, NOTHING))
    return log.result
  },
})

const NOTHING: Bytes = new Uint8Array(0)

function framed(kind: number, line: Bytes): Bytes {
  const bytes = new Uint8Array(line.length + 1)
  bytes[0] = kind
  bytes.set(line, 1)
  return bytes
}

/**
 * Writes what is delivered to the log, as 'rank line', until all honest members have said that they have no more. That
 * is at the same place of the one order at every member, so honest logs end alike, whatever a liar still sends.
 */
class DemoLog {
  readonly result: Promise<DemoResult>
  readonly #context: TaskContext<DemoConfig, DemoNews>
  readonly #file: LogFile
  readonly #missing: Set<ProcessId>
  readonly #sentAt: number[] = []
  readonly #latencies: number[] = []
  /** Own lines that came back: they do so in the order in which they went. */
  #returned = 0
  #begun = 0
  #reported = 0
  #finish: (result: DemoResult) => void = () => {}

  constructor(context: TaskContext<DemoConfig, DemoNews>) {
    this.#context = context
    this.#file = new LogFile(context.config.log, context.members)
    this.#missing = new Set(context.config.honest)
    this.result = new Promise((resolve) => {
      this.#finish = resolve
    })
  }

  /** From now on time is measured. */
  begin(): void {
    this.#begun = performance.now()
  }

  /** The next line of ours goes now. */
  sent(): void {
    this.#sentAt.push(performance.now())
  }

  /** Takes all events, also after the end of the log: faults may still come. */
  async follow(): Promise<void> {
    const { group, report } = this.#context
    for await (const event of group.events()) {
      if (event.type === 'fault') report({ type: 'fault', fault: event.fault })
      if (event.type === 'deliver' && this.#missing.size > 0) this.#delivered(event.sender, event.payload)
    }
  }

  #delivered(sender: ProcessId, payload: Bytes): void {
    const now = performance.now()
    if (payload[0] === LINE) this.#line(sender, payload.subarray(1), now)
    if (payload[0] === END) this.#missing.delete(sender)
    const last = this.#missing.size === 0
    if (last || now - this.#reported > NEWS_MS) {
      this.#reported = now
      this.#context.report({ type: 'delivered', lines: this.#file.lines })
    }
    if (!last) return
    this.#file.close()
    const latenciesMs = this.#latencies.sort((a, b) => a - b)
    this.#finish({ delivered: this.#file.lines, elapsedMs: now - this.#begun, latenciesMs })
  }

  #line(sender: ProcessId, line: Bytes, now: number): void {
    this.#file.write(sender, line)
    if (sender !== this.#context.group.self) return
    const sent = this.#sentAt[this.#returned++]
    if (sent !== undefined && this.#latencies.length < LATENCIES_MAX) this.#latencies.push(now - sent)
  }
}

/** A member's log file. */
class LogFile {
  readonly #file: number
  readonly #prefixes: ReadonlyMap<ProcessId, Uint8Array>
  #pieces: Uint8Array[] = []
  #bytes = 0
  lines = 0

  constructor(path: string, members: readonly ProcessId[]) {
    this.#file = openSync(path, 'w')
    this.#prefixes = new Map(members.map((member, rank) => [member, Buffer.from(`${rank} `)]))
  }

  write(sender: ProcessId, line: Bytes): void {
    this.lines++
    const prefix = this.#prefixes.get(sender) ?? Buffer.from('? ')
    this.#pieces.push(prefix, line, NEWLINE)
    this.#bytes += prefix.length + line.length + 1
    if (this.#bytes >= LOG_PIECE_BYTES) this.#flush()
  }

  close(): void {
    this.#flush()
    closeSync(this.#file)
  }

  #flush(): void {
    const piece = Buffer.concat(this.#pieces)
    for (let at = 0; at < piece.length; ) at += writeSync(this.#file, piece, at)
    this.#pieces = []
    this.#bytes = 0
  }
}

const NEWLINE = Buffer.from('\n')
