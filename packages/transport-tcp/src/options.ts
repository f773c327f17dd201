import { isProcessId, type ProcessId, UsageError } from '@testudo/core'
import { type TcpLimits, tcpLimits } from './limits.js'

/** Where a process listens. */
export interface TcpAddress {
  /** A name or a numeric address. */
  readonly host: string
  /** From 1 to 65535; 0 to listen on any free port. */
  readonly port: number
}

/** What `tcp` is given. */
export interface TcpOptions {
  readonly listen: TcpAddress
  /**
   * Every process that may connect, by its id, with the address it listens at. All others are refused. The entry of the
   * process itself, if there is one, is passed over, so that all members may share one list. Of a pair the process with
   * the lower id dials: the addresses of those with lower ids are not used.
   */
  readonly peers: Readonly<Record<string, TcpAddress>>
  /** Limits other than the defaults. */
  readonly limits?: Partial<TcpLimits>
}

/** The options, checked. */
export interface TcpConfig {
  readonly listen: TcpAddress
  readonly peers: ReadonlyMap<ProcessId, TcpAddress>
  readonly limits: TcpLimits
}

const PORT_MAX = 65_535

/** Checks the options. Throws `UsageError` `bad-address`, `bad-peer` or `bad-limit`. */
export function tcpConfig({ listen, peers, limits }: TcpOptions): TcpConfig {
  checkAddress('listen', listen)
  const checked = new Map<ProcessId, TcpAddress>()
  for (const [id, address] of Object.entries(peers)) {
    if (!isProcessId(id)) throw new UsageError('bad-peer', `peers has the key ${id}, which is no process id`)
    checkAddress(`peers[${id}]`, address)
    checked.set(id, { host: address.host, port: address.port })
  }
  return { listen, peers: checked, limits: tcpLimits(limits ?? {}) }
}

function checkAddress(name: string, { host, port }: TcpAddress): void {
  if (typeof host !== 'string' || host === '') throw new UsageError('bad-address', `${name}.host must be a name`)
  if (!Number.isInteger(port) || port < 0 || port > PORT_MAX) {
    throw new UsageError('bad-address', `${name}.port must be a whole number from 0 to ${PORT_MAX}, not ${port}`)
  }
}
