export type { Authenticator } from './authenticator.js'
export type { LinkFaultCode } from './faults.js'
export {
  ACK_BYTES_MAX,
  ACK_DELAY_MS,
  ACK_DELAY_ORDERED_MS,
  ACK_FRAMES_MAX,
  BURST_FRAMES_MAX,
  FAULTS_PER_PEER_MAX,
  FLIGHT_BYTES_MAX,
  FLIGHT_FRAMES_MAX,
  LINK_OVERHEAD_BYTES_MAX,
  LINK_PAYLOAD_BYTES_MAX,
  OUTBOX_BYTES_MAX,
  OUTBOX_FRAMES_MAX,
  PEERS_HEARD_MAX,
  PEERS_MAX,
  REORDER_BYTES_MAX,
  RESEND_BUDGET_BYTES,
  RESEND_BURST_BYTES,
  RESEND_BYTES_PER_SECOND,
  WINDOW_BYTES_MAX,
  WINDOW_FRAMES_MAX,
} from './limits.js'
export type { LinkOptions } from './link.js'
export { linked } from './link.js'
