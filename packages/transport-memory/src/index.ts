export { FRAME_BYTES_MAX, FRAME_COST_BYTES, QUEUE_BYTES_MAX } from './limits.js'
export type { MemoryNetwork, MemoryNetworkOptions } from './network.js'
export { memoryNetwork } from './network.js'
