import { type AtomicMessage, atomicMessage } from '@testudo/atomic-multicast'
import { decode } from '@testudo/codec'
import type { Bytes } from '@testudo/core'
import { body as bodyCodec } from '@testudo/echo-multicast'
import { reliableMessage } from '@testudo/reliable-multicast'
import { readEcho } from './wire.js'

/** In stories a packet holds one message, at its end, and of so many bytes. */
const PAYLOAD_BYTES = 3

/** Reads a message of the stack, or what the application multicast, for traces. */
export function describeMessage(bytes: Bytes): string | undefined {
  const message = readEcho(bytes)
  if (message === undefined) return describePayload(bytes)
  switch (message.type) {
    case 'init':
      return `init v${message.view} #${message.seq} ${short(message.digest)}`
    case 'echo':
      return `echo v${message.view} #${message.seq}`
    case 'commit': {
      const ranks = message.echoes.map(({ rank }) => rank).join('')
      return `commit v${message.view} ${message.initiator}#${message.seq} by ${ranks} (${describeBody(message.body)})`
    }
  }
}

/** What an application of a simulation multicasts: the node, and the how-manieth payload of the run it is. */
function describePayload(bytes: Bytes): string | undefined {
  const [node, high, low] = bytes
  if (node === undefined || high === undefined || low === undefined) return undefined
  return `m${node}.${high * 256 + low}`
}

function describeBody(bytes: Bytes): string {
  const content = decode(bodyCodec, bytes)
  if (content === undefined) return 'no body'
  const parts = [
    ...(content.counters === undefined ? [] : [`counters ${content.counters.join(' ')}`]),
    ...(content.payload === undefined ? [] : [describeReliable(content.payload)]),
  ]
  return parts.join(', ')
}

function describeReliable(payload: Bytes): string {
  const message = decode(reliableMessage, payload)
  switch (message?.type) {
    case 'r-msg':
      return describeAtomic(decode(atomicMessage, message.payload))
    case 'end':
      return 'end'
    case 'flush':
      return `flush ${message.part.length}B${message.last ? '' : '...'}`
    case 'took':
      return `took ${message.members.join(' ')}`
    case undefined:
      return 'malformed'
  }
}

function describeAtomic(message: AtomicMessage | undefined): string {
  switch (message?.type) {
    case 'a-msg': {
      const order = message.order.length === 0 ? '' : ` order ${message.order.join(' ')}`
      return `a-msg ${describePayload(message.payload.subarray(-PAYLOAD_BYTES))}${order}`
    }
    case 'order':
      return `order ${message.order.join(' ')}`
    case undefined:
      return 'malformed'
  }
}

function short(bytes: Bytes): string {
  return [...bytes.subarray(0, 2)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
