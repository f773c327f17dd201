import type { Bytes } from '@testudo/core'

/** The version of what is said on a connection. A change of the framing or the hello raises it. */
export const PROTOCOL_VERSION = 1

const NAME = new TextEncoder().encode('testudo/tcp')

/** The first bytes each side sends, framed as any frame: the name of the protocol and its version in two bytes. */
export const HELLO: Bytes = helloOf(PROTOCOL_VERSION)

/** The hello of a version. */
export function helloOf(version: number): Bytes {
  const body = NAME.length + 2
  return Uint8Array.of(0, 0, 0, body, ...NAME, version >> 8, version & 0xff)
}

/** How the bytes that came so far compare with the hello that must come first. */
export type HelloVerdict =
  | { readonly type: 'incomplete' }
  /** It is the hello; `rest` came behind it. */
  | { readonly type: 'hello'; readonly rest: Bytes }
  | { readonly type: 'bad'; readonly message: string }

/** Judges the first bytes of a connection, at the first byte that is wrong. */
export function judgeHello(bytes: Bytes): HelloVerdict {
  const versionAt = HELLO.length - 2
  for (let i = 0; i < Math.min(bytes.length, versionAt); i++) {
    if (bytes[i] !== HELLO[i]) return { type: 'bad', message: 'the first bytes are not the hello of this protocol' }
  }
  if (bytes.length < HELLO.length) return { type: 'incomplete' }
  const version = ((bytes[versionAt] as number) << 8) | (bytes[versionAt + 1] as number)
  if (version !== PROTOCOL_VERSION) {
    return { type: 'bad', message: `the peer speaks version ${version}, this process version ${PROTOCOL_VERSION}` }
  }
  return { type: 'hello', rest: bytes.subarray(HELLO.length) }
}
