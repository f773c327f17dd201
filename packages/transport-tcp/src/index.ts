export type { TcpTransport } from './endpoint.js'
export { PROTOCOL_VERSION } from './hello.js'
export {
  BACKOFF_MS_MAX,
  BACKOFF_MS_MIN,
  CLOSE_MS_MAX,
  DEAD_PEER_MS,
  FRAME_BYTES_MAX,
  HANDSHAKE_MS_MAX,
  HEARTBEAT_MS,
  PENDING_MAX,
  QUEUE_BYTES_MAX,
  REPLACE_MS_MIN,
  type TcpLimits,
  WARNING_WINDOW_MS,
  WARNINGS_MAX,
} from './limits.js'
export type { TcpAddress, TcpOptions } from './options.js'
export { type TcpFactory, tcp } from './tcp.js'
export type { TcpWarning, TcpWarningCode } from './warnings.js'
