import type { Bytes } from '@testudo/core'
import { RANDOM_BYTES_MAX } from './limits.js'
import { misuse } from './usage.js'

type NodeModules = {
  readonly 'node:crypto': typeof import('node:crypto')
  readonly 'node:fs/promises': typeof import('node:fs/promises')
  readonly 'node:path': typeof import('node:path')
}

/** Whether this is Node, or something that has its modules. */
export function hasNode(): boolean {
  return typeof process !== 'undefined' && process.getBuiltinModule?.('node:crypto') !== undefined
}

/**
 * A module of Node, asked for when it is needed. An import would keep the whole package, noble back end included, from
 * being loaded where Node is not.
 */
export function nodeModule<Name extends keyof NodeModules>(name: Name): NodeModules[Name] {
  if (!hasNode()) misuse('needs-node', `this needs Node's ${name}; the noble back end does not`)
  return process.getBuiltinModule(name) as NodeModules[Name]
}

/** The most that `getRandomValues` gives at once. */
const RANDOM_CHUNK = 65_536

/** Bytes of the platform's CSPRNG. Throws `random-length`. */
export function randomBytes(length: number): Bytes {
  if (!Number.isInteger(length) || length < 0 || length > RANDOM_BYTES_MAX) {
    misuse('random-length', `random bytes come 0 to ${RANDOM_BYTES_MAX} at a time, not ${length}`)
  }
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at += RANDOM_CHUNK) crypto.getRandomValues(bytes.subarray(at, at + RANDOM_CHUNK))
  return bytes
}
