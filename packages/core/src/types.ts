declare const brand: unique symbol

/** A `T` that only its own constructor makes, so that two kinds of number or text are never mixed up. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** The text form of a process's Ed25519 public key: 64 lower-case hexadecimal digits. Sorts as its bytes do. */
export type ProcessId = Brand<string, 'ProcessId'>

/** The number x of the view V^x, from 1 up. */
export type ViewId = Brand<number, 'ViewId'>

/** Milliseconds on the local monotonic clock, never a wall clock, not comparable between processes. */
export type Instant = Brand<number, 'Instant'>

/** Bytes. What a layer receives it never writes to, and copies what it keeps of a larger buffer. */
export type Bytes = Uint8Array

const PROCESS_ID = /^[0-9a-f]{64}$/

/** Whether a text is the text form of some public key (its shape only: admission checks the key itself). */
export function isProcessId(text: string): text is ProcessId {
  return PROCESS_ID.test(text)
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** The process whose Ed25519 public key these 32 bytes are. Other lengths give an id that is never a member. */
export function processIdOf(publicKey: Bytes): ProcessId {
  let text = ''
  for (const byte of publicKey) text += HEX[byte]
  return text as ProcessId
}

/** The 32 bytes of a process's public key. */
export function processIdBytes(id: ProcessId): Bytes {
  const bytes = new Uint8Array(id.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(id.slice(2 * i, 2 * i + 2), 16)
  return bytes
}

/** Names a number as the number of a view. */
export function viewId(x: number): ViewId {
  return x as ViewId
}

/** Names a number of milliseconds as a moment of the local monotonic clock. */
export function instant(ms: number): Instant {
  return ms as Instant
}

/** Whether two byte strings are the same. Not constant in time: for public data only. */
export function equalBytes(a: Bytes, b: Bytes): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Orders byte strings as a dictionary does: negative, zero or positive. The one order used between processes. */
export function compareBytes(a: Bytes, b: Bytes): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] as number) - (b[i] as number)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}
