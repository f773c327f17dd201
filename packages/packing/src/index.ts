export type { PackingFaultCode } from './faults.js'
export {
  PACKING_LENGTH_MAX,
  PACKING_MESSAGE_BYTES_MAX,
  PACKING_PACKET_BYTES_MAX,
  PACKING_PACKET_BYTES_MIN,
  PACKING_PACKET_MESSAGES_MAX,
  PACKING_PACKETS_IN_FLIGHT,
  PACKING_QUEUE_BYTES_MAX,
  PACKING_QUEUE_MESSAGES_MAX,
  PACKING_REASSEMBLY_BYTES_MAX,
  PACKING_STABLE_MARKS_MAX,
} from './limits.js'
export type { PackingOptions } from './options.js'
export { packing } from './packing.js'
