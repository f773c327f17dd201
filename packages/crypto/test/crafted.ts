import type { EdwardsPoint } from '@noble/curves/abstract/edwards.js'
import { ed25519 } from '@noble/curves/ed25519.js'
import { bytesToNumberLE, numberToBytesLE } from '@noble/curves/utils.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { type Bytes, type Claim, processIdBytes, processIdOf } from '@testudo/core'

const { Point } = ed25519
const P = Point.Fp.ORDER
const L = Point.Fn.ORDER

/** The eight points whose order divides the cofactor: multiples of one of order 8. */
export const torsionPoints: readonly EdwardsPoint[] = multiples(pointOfOrderEight())

function pointOfOrderEight(): EdwardsPoint {
  for (let y = 2n; ; y++) {
    const point = decode(numberToBytesLE(y, 32))
    const torsion = point?.multiplyUnsafe(L - 1n).add(point) // L times the point: only its torsion is left
    if (torsion !== undefined && !torsion.multiplyUnsafe(4n).is0()) return torsion
  }
}

function multiples(generator: EdwardsPoint): readonly EdwardsPoint[] {
  return Array.from({ length: 8 }, (_, i) => generator.multiplyUnsafe(BigInt(i)))
}

/** All ways to write those points that some verifier takes: y, or y + p where it fits, under either sign bit. */
export const smallOrderEncodings: readonly Bytes[] = [...new Set(torsionPoints.map(({ y }) => y))]
  .flatMap((y) => [y, y + P])
  .filter((y) => y < 2n ** 255n)
  .flatMap((y) => [numberToBytesLE(y, 32), numberToBytesLE(y + 2n ** 255n, 32)])

function decode(bytes: Bytes): EdwardsPoint | undefined {
  try {
    return Point.fromBytes(bytes, true)
  } catch {
    return undefined // not on the curve
  }
}

/** What a signer of its own making chooses: it knows `secret`, and shows a key and a nonce with torsion added. */
export interface Choice {
  readonly secret: bigint
  readonly nonce: bigint
  readonly keyTorsion?: EdwardsPoint
  readonly nonceTorsion?: EdwardsPoint
  readonly message: Bytes
}

/** A signature that satisfies the cofactored equation, whatever torsion was added. */
export function craft({ secret, nonce, keyTorsion, nonceTorsion, message }: Choice): Claim {
  const A = Point.BASE.multiply(secret)
    .add(keyTorsion ?? Point.ZERO)
    .toBytes()
  const R = Point.BASE.multiplyUnsafe(nonce)
    .add(nonceTorsion ?? Point.ZERO)
    .toBytes()
  return complete(A, R, message, (k) => nonce + k * secret)
}

/** A claim with the given encodings and with S as computed from the challenge k. */
export function complete(A: Bytes, R: Bytes, message: Bytes, answer: (k: bigint) => bigint): Claim {
  const k = bytesToNumberLE(sha512.create().update(R).update(A).update(message).digest()) % L
  return claimOf(A, R, message, answer(k) % L)
}

/** A claim with S as given, which may be L or more. */
export function claimOf(A: Bytes, R: Bytes, message: Bytes, S: bigint): Claim {
  return { signer: processIdOf(A), bytes: message, signature: new Uint8Array([...R, ...numberToBytesLE(S, 32)]) }
}

/** Whether a claim satisfies SB = R + kA as it stands, with no rule about the points: what a bare library checks. */
export function satisfiesBareEquation({ signer, bytes, signature }: Claim): boolean {
  const [A, R] = [decode(processIdBytes(signer)), decode(signature.subarray(0, 32))]
  const S = bytesToNumberLE(signature.subarray(32))
  if (A === undefined || R === undefined || S >= L) return false
  const input = [signature.subarray(0, 32), processIdBytes(signer), bytes]
  const k = bytesToNumberLE(input.reduce((hash, part) => hash.update(part), sha512.create()).digest()) % L
  return Point.BASE.multiplyUnsafe(S).equals(R.add(A.multiplyUnsafe(k)))
}
