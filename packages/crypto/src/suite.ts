import type { Bytes, Claim, ProcessId, Suite } from '@testudo/core'
import type { Backend } from './backend.js'
import { nobleBackend } from './noble-backend.js'
import { nodeBackend } from './node-backend.js'
import { hasNode, randomBytes } from './platform.js'

/** The `Suite` of a process, with the primitives below it for those who need more than signatures and hashes. */
export interface CryptoSuite extends Suite {
  readonly backend: Backend
}

/** One for all suites of the process that do not choose: they share the cache of keys. */
let chosen: Backend | undefined

function defaultBackend(): Backend {
  chosen ??= hasNode() ? nodeBackend() : nobleBackend()
  return chosen
}

/** The cryptography of a process, on `node:crypto` where it is there and on noble elsewhere. */
export function suite(backend: Backend = defaultBackend()): CryptoSuite {
  return {
    backend,
    verify: (claim: Claim): boolean => backend.verify(claim),
    verifyAll: (claims: readonly Claim[]): Promise<readonly boolean[]> => backend.verifyAll(claims),
    admissible: (id: ProcessId): boolean => backend.admissible(id),
    hash: (bytes: Bytes): Bytes => backend.sha256(bytes),
    bytes: randomBytes,
  }
}
