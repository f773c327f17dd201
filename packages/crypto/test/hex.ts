import type { Bytes } from '@testudo/core'

export function unhex(text: string): Bytes {
  return new Uint8Array(Buffer.from(text, 'hex'))
}

export function hex(bytes: Bytes): string {
  return Buffer.from(bytes).toString('hex')
}
