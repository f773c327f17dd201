import { readFileSync, statSync } from 'node:fs'
import { type Bytes, UsageError } from '@testudo/core'

/** The largest file the demo takes: each member keeps it in memory. */
export const FILE_BYTES_MAX: number = 256 * 1024 * 1024

/** The lines of a file, without their ends. Throws a `UsageError` for a file that cannot be used. */
export function readLines(path: string): readonly Bytes[] {
  const bytes = readWhole(path)
  const lines: Bytes[] = []
  for (let at = 0; at < bytes.length; ) {
    const found = bytes.indexOf(0x0a, at)
    const end = found === -1 ? bytes.length : found
    lines.push(bytes.subarray(at, end))
    at = end + 1
  }
  return lines
}

function readWhole(path: string): Bytes {
  try {
    const { size } = statSync(path)
    if (size > FILE_BYTES_MAX)
      throw new UsageError('file-too-large', `${path} has ${size} bytes; at most ${FILE_BYTES_MAX}`)
    return readFileSync(path)
  } catch (error) {
    if (error instanceof UsageError) throw error
    const { code } = error as { readonly code?: string }
    const why = REASONS[code ?? ''] ?? String(code)
    throw new UsageError('unreadable-file', `cannot read ${path}: ${why}`, {
      cause: error,
      hint: 'give a text file with --file PATH',
    })
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
}

/** The lines that the member of a rank multicasts: every n-th. */
export function shareOf(lines: readonly Bytes[], rank: number, members: number): readonly Bytes[] {
  return lines.filter((_, index) => index % members === rank)
}
