export { systemClock } from './clock.js'
export type { GroupEvent } from './events.js'
export { type GenesisOptions, GROUP_NAME_BYTES_MAX, genesisView } from './genesis.js'
export type { Group, MulticastOptions, WaitOptions } from './group.js'
export {
  CLAIMS_AHEAD_MAX,
  EVENTS_BYTES_MAX,
  EVENTS_MAX,
  GRACE_MS,
  LEAVE_DEADLINE_MS,
  OUTSTANDING_BYTES_MAX,
  OUTSTANDING_MESSAGES_MAX,
  RECEIVED_BYTES_MAX,
  RECEIVED_FRAMES_MAX,
  VERIFY_BATCH_MAX,
  WAITING_MAX,
} from './limits.js'
export { type GroupOptions, openGroup } from './open-group.js'
export type { TransportWarning } from './warning.js'
