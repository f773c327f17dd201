import type { Bytes, Claim, Identity, Transport } from '@testudo/core'

/** What a member process has spent so far. */
export interface Counts {
  readonly signs: number
  readonly verifies: number
  readonly frames: number
  readonly frameBytes: number
  readonly hashedBytes: number
  readonly cpuMicros: number
}

const spent = { signs: 0, verifies: 0, frames: 0, frameBytes: 0, hashedBytes: 0 }

/** Everything counted since the process began. */
export function countsNow(): Counts {
  const { user, system } = process.cpuUsage()
  return { ...spent, cpuMicros: user + system }
}

/** What was spent between two moments. */
export function difference(from: Counts, to: Counts): Counts {
  return {
    signs: to.signs - from.signs,
    verifies: to.verifies - from.verifies,
    frames: to.frames - from.frames,
    frameBytes: to.frameBytes - from.frameBytes,
    hashedBytes: to.hashedBytes - from.hashedBytes,
    cpuMicros: to.cpuMicros - from.cpuMicros,
  }
}

/** The sum over several processes. */
export function sum(all: readonly Counts[]): Counts {
  const zero: Counts = { signs: 0, verifies: 0, frames: 0, frameBytes: 0, hashedBytes: 0, cpuMicros: 0 }
  return all.reduce(
    (total, counts) => ({
      signs: total.signs + counts.signs,
      verifies: total.verifies + counts.verifies,
      frames: total.frames + counts.frames,
      frameBytes: total.frameBytes + counts.frameBytes,
      hashedBytes: total.hashedBytes + counts.hashedBytes,
      cpuMicros: total.cpuMicros + counts.cpuMicros,
    }),
    zero,
  )
}

/** An identity that counts what it signs, verifies and hashes. */
export function countedIdentity(identity: Identity): Identity {
  const { suite } = identity
  return {
    id: identity.id,
    unsafeExportSeed: () => identity.unsafeExportSeed(),
    signer: {
      sign: (bytes: Bytes) => {
        spent.signs++
        return identity.signer.sign(bytes)
      },
    },
    suite: {
      verify: (claim: Claim) => {
        spent.verifies++
        return suite.verify(claim)
      },
      verifyAll: (claims: readonly Claim[]) => {
        spent.verifies += claims.length
        return suite.verifyAll(claims)
      },
      hash: (bytes: Bytes) => {
        spent.hashedBytes += bytes.length
        return suite.hash(bytes)
      },
      bytes: (length: number) => suite.bytes(length),
      admissible: (id) => suite.admissible(id),
    },
  }
}

/** A transport that counts the frames that it is given. */
export function countedTransport(transport: Transport): Transport {
  return {
    guarantees: transport.guarantees,
    start: (handler) => transport.start(handler),
    send: (to, bytes) => {
      spent.frames++
      spent.frameBytes += bytes.length
      transport.send(to, bytes)
    },
    pause: (paused) => transport.pause(paused),
    close: () => transport.close(),
  }
}
