import type { Machine } from './primitives.js'
import type { Row } from './run-load.js'

const COLUMNS: readonly (readonly [title: string, width: number, value: (row: Row) => string])[] = [
  ['scenario', 8, (row) => row.scenario],
  ['n', 3, (row) => String(row.members)],
  ['payload', 8, (row) => `${row.payloadBytes} B`],
  ['senders', 7, (row) => String(row.senders)],
  ['packing', 7, (row) => (row.packing ? 'on' : 'off')],
  ['messages/s', 10, (row) => row.messagesPerSecond.toLocaleString('en')],
  ['p50 ms', 9, (row) => row.p50Ms.toFixed(2)],
  ['p99 ms', 9, (row) => row.p99Ms.toFixed(2)],
  ['CPU µs', 9, (row) => row.cpuMicrosPerMessage.toFixed(1)],
  ['% limit', 8, (row) => row.percentOfLimit.toFixed(1)],
  ['sign', 7, (row) => row.perMessage.signs.toFixed(2)],
  ['verify', 7, (row) => row.perMessage.verifies.toFixed(2)],
  ['frames', 7, (row) => row.perMessage.frames.toFixed(2)],
  ['MiB', 5, (row) => String(row.rssMiB)],
]

/** The titles of the table's columns. */
export function heading(): string {
  return COLUMNS.map(([title, width]) => title.padStart(width)).join(' ')
}

/** One row of the table. */
export function line(row: Row): string {
  const faults = row.faults === 0 ? '' : `  ${row.faults} faults reported`
  return COLUMNS.map(([, width, value]) => value(row).padStart(width)).join(' ') + faults
}

/** What the limit is computed from. */
export function machineLines(machine: Machine): readonly string[] {
  return [
    `${machine.cores} cores, ${machine.model}, node ${machine.node}; all members on this machine, over TLS on loopback`,
    `CPU µs now: sign ${machine.signMicros.toFixed(1)}, verify ${machine.verifyMicros.toFixed(1)}, frame alone ` +
      `${machine.frameMicros.toFixed(1)}, KiB sent ${(machine.transportMicrosPerByte * 1024).toFixed(2)}, KiB hashed ` +
      `${(machine.hashMicrosPerByte * 1024).toFixed(2)}; touch ${machine.touchMicros}`,
    'sign, verify, frames: of all members together for one message; CPU µs likewise',
  ]
}
