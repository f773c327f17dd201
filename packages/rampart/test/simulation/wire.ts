import { decode, encode } from '@testudo/codec'
import type { Bytes, View } from '@testudo/core'
import { type EchoMessage, echoMessage, type Init, statement } from '@testudo/echo-multicast'

/** The place of echo multicast in the stack, right above membership: the first byte of each of its messages. */
export const ECHO_PLACE = 1

/** The echo multicast message in what a stack sends or hears; undefined if it is none. */
export function readEcho(bytes: Bytes): EchoMessage | undefined {
  return bytes[0] === ECHO_PLACE ? decode(echoMessage, bytes.subarray(1)) : undefined
}

/** A message as the stack would send it. */
export function writeEcho(message: EchoMessage): Bytes {
  const encoded = encode(echoMessage, message)
  const bytes = new Uint8Array(encoded.length + 1)
  bytes[0] = ECHO_PLACE
  bytes.set(encoded, 1)
  return bytes
}

/** What an echo signs. */
export function statementOf(view: View, initiator: number, said: Pick<Init, 'seq' | 'bytes' | 'digest'>): Bytes {
  const domain = 'testudo/echo-multicast/echo/1'
  const { seq, bytes, digest } = said
  return encode(statement, { domain, viewDigest: view.digest, initiator, seq, bytes, digest })
}
