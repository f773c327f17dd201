import type { TransportHandler } from '@testudo/core'

/** Something on the network side went wrong and was dealt with. For logs. */
export type TransportWarning = Parameters<TransportHandler['warn']>[0]
