import { FifoNetwork } from './fifo-network.js'
import { LossyNetwork } from './lossy-network.js'
import type { Network, NetworkOptions, NetworkPorts } from './network.js'

/** The network of the mode that the options name. */
export function makeNetwork(options: NetworkOptions, ports: NetworkPorts): Network {
  return (options.mode ?? 'fifo') === 'fifo' ? new FifoNetwork(ports, options) : new LossyNetwork(ports, options)
}
