import { decode, encode } from '@testudo/codec'
import type { Bytes } from '@testudo/core'
import { type EchoMessage, echoMessage } from '@testudo/echo-multicast'

/** Echo multicast is the second layer of the Rampart stack, above membership: its messages carry this tag. */
const ECHO_LAYER = 1

/** The message of echo multicast in what a Rampart stack sends. */
export function readEcho(bytes: Bytes): EchoMessage | undefined {
  return bytes[0] === ECHO_LAYER ? decode(echoMessage, bytes.subarray(1)) : undefined
}

/** What a Rampart stack sends for a message of echo multicast. */
export function writeEcho(message: EchoMessage): Bytes {
  const body = encode(echoMessage, message)
  const bytes = new Uint8Array(body.length + 1)
  bytes[0] = ECHO_LAYER
  bytes.set(body, 1)
  return bytes
}
