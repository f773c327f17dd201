import { closeSync, openSync, writeSync } from 'node:fs'
import type { Bytes, ProcessId } from '@testudo/core'

/** The log is written in pieces of about this many bytes. */
const PIECE_BYTES = 64 * 1024

const NEWLINE = Buffer.from('\n')

/** A member's log: 'rank line' for each line, in the order of delivery. */
export class LogFile {
  readonly #file: number
  readonly #prefixes: ReadonlyMap<ProcessId, Uint8Array>
  #pieces: Uint8Array[] = []
  #bytes = 0
  /** Lines written so far. */
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
    if (this.#bytes >= PIECE_BYTES) this.#flush()
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
