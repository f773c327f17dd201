import { type Identity, type TransportFactory, UsageError } from '@testudo/core'
import { tlsCredentials } from '@testudo/crypto'
import { TcpEndpoint, type TcpTransport } from './endpoint.js'
import { Listener } from './listener.js'
import { type TcpConfig, type TcpOptions, tcpConfig } from './options.js'
import { secureContext } from './secure.js'

/** What `tcp` gives: opens the transport as somebody. */
export interface TcpFactory extends TransportFactory {
  /**
   * Listens. Rejects with a `TransportError` (`address-in-use`, `address-not-available`, `permission`, `listen-failed`),
   * or a `UsageError` (`bad-peer`) if a peer that this process must dial has port 0.
   */
  open(identity: Identity): Promise<TcpTransport>
}

/**
 * Frames over TCP under mutual TLS 1.3, each connection bound to the Ed25519 keys of its two ends. Of a pair the process
 * with the lower id dials, and dials again when the connection is lost; the newest connection of a peer replaces an
 * older one. Throws `UsageError` (`bad-address`, `bad-peer`, `bad-limit`) for options that cannot work.
 */
export function tcp(options: TcpOptions): TcpFactory {
  const config = tcpConfig(options)
  return {
    open: async (identity) => {
      checkDialled(identity, config)
      const context = secureContext(tlsCredentials(identity))
      const listener = await Listener.open(config.listen, context, config.limits)
      return new TcpEndpoint(identity.id, config, context, listener)
    },
  }
}

function checkDialled({ id }: Identity, { peers }: TcpConfig): void {
  for (const [peer, { port }] of peers) {
    if (peer > id && port === 0) throw new UsageError('bad-peer', `peers[${peer}].port is 0: it cannot be dialled`)
  }
}
