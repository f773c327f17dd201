import { readFileSync, statSync } from 'node:fs'
import { type Bytes, UsageError } from '@testudo/core'
import { rampart } from '@testudo/rampart'

/** The largest file the demo takes, in bytes: every process keeps it in memory, and every member writes it once more. */
export const FILE_BYTES_MAX: number = 64 * 1024 * 1024
/** The longest line, in bytes: one message of the group, which has a byte of ours in front. */
export const LINE_BYTES_MAX: number = rampart().payloadBytesMax - 1
/** The most lines: a member keeps eight bytes for each that it has sent, and orders some ten thousand a second. */
export const LINES_MAX = 5_000_000

const NEWLINE = 0x0a

/** The bytes of a file. Throws a `UsageError` for one that cannot be used. */
export function readInput(path: string): Bytes {
  const bytes = readWhole(path)
  let count = 0
  for (const line of linesOf(bytes)) {
    count++
    if (line.length > LINE_BYTES_MAX) {
      throw new UsageError('line-too-long', `line ${count} of ${path} has more than ${LINE_BYTES_MAX} bytes`)
    }
  }
  if (count <= LINES_MAX) return bytes
  throw new UsageError('too-many-lines', `${path} has ${count} lines; at most ${LINES_MAX}`)
}

function readWhole(path: string): Bytes {
  const hint = 'give a text file with --file PATH'
  try {
    const stats = statSync(path)
    if (stats.isDirectory())
      throw new UsageError('unreadable-file', `cannot read '${path}': it is a directory`, { hint })
    // A terminal or a pipe may never end, and /dev/zero never does.
    if (!stats.isFile())
      throw new UsageError('unreadable-file', `cannot read '${path}': it is no regular file`, { hint })
    if (stats.size > FILE_BYTES_MAX) {
      throw new UsageError('file-too-large', `'${path}' has ${stats.size} bytes; at most ${FILE_BYTES_MAX}`)
    }
    return readFileSync(path)
  } catch (error) {
    if (error instanceof UsageError) throw error
    const { code } = error as { readonly code?: string }
    const why = REASONS[code ?? ''] ?? String(code)
    throw new UsageError('unreadable-file', `cannot read '${path}': ${why}`, { cause: error, hint })
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'permission denied',
  ERR_INVALID_ARG_VALUE: 'that is no path',
}

/** The lines of a file without their ends; nothing behind the last end is no line. They are views, not copies. */
export function* linesOf(bytes: Bytes): Generator<Bytes> {
  for (let at = 0; at < bytes.length; ) {
    const found = bytes.indexOf(NEWLINE, at)
    const end = found === -1 ? bytes.length : found
    yield bytes.subarray(at, end)
    at = end + 1
  }
}

/** How many lines a file has. */
export function countLines(bytes: Bytes): number {
  const lines = linesOf(bytes)
  let count = 0
  while (lines.next().done !== true) count++
  return count
}

/** The lines that the member of a rank multicasts: every n-th. */
export function* shareOf(bytes: Bytes, rank: number, members: number): Generator<Bytes> {
  let index = 0
  for (const line of linesOf(bytes)) if (index++ % members === rank) yield line
}

/** How many lines that are. */
export function shareCount(lines: number, rank: number, members: number): number {
  return Math.max(0, Math.ceil((lines - rank) / members))
}
