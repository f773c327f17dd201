export { InvariantError, invariant, TransportError, UsageError } from './errors.js'
export type { Evidence, Fault } from './fault.js'
export type { Guarantees } from './guarantees.js'
export type {
  Answer,
  Deliver,
  Down,
  Effect,
  In,
  Input,
  Layer,
  Multicast,
  Out,
  Prepared,
  Receive,
  Removal,
  Send,
  Step,
  Suspect,
  Up,
  ViewEvent,
} from './layer.js'
export type { Claim, Clock, Hasher, Identity, Random, Signer, Suite, Verifier } from './ports.js'
export type { Environment, Protocol } from './protocol.js'
export { STACK_LAYERS_MAX, stack } from './stack.js'
export type { Transport, TransportFactory, TransportGuarantees, TransportHandler } from './transport.js'
export type { Brand, Bytes, Instant, ProcessId, ViewId } from './types.js'
export { compareBytes, equalBytes, instant, isProcessId, processIdBytes, processIdOf, viewId } from './types.js'
export type { View } from './view.js'
export { faultsMax, MEMBERS_MAX, quorum, rankOf, weakQuorum } from './view.js'
