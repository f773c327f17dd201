import type { Counts } from './counts.js'
import type { Machine } from './primitives.js'

/**
 * The most messages a second that this machine could order with the same signatures, frames and bytes: its cores over
 * the CPU time that the primitives alone need for one message. All members share the machine.
 */
export function limitPerSecond(machine: Machine, members: number, counts: Counts, messages: number): number {
  const each = (count: number): number => count / messages
  const micros =
    each(counts.signs) * machine.signMicros +
    each(counts.verifies) * machine.verifyMicros +
    each(counts.frames) * machine.frameMicros +
    each(counts.frameBytes) * machine.transportMicrosPerByte +
    each(counts.hashedBytes) * machine.hashMicrosPerByte +
    members * machine.touchMicros
  return (machine.cores * 1e6) / micros
}
