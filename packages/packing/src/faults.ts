/**
 * How a sender's packet can break the protocol. Every honest member finds the same, since all are delivered the same
 * bytes in the same order. None carries evidence: what was delivered is known to the members of the view anyway.
 *
 * - `malformed-packet`: the bytes are no packet, or their label is one that the sender cannot have reached yet.
 * - `fragment-out-of-order`: a part does not continue what the same sender began in this view.
 * - `message-too-large`: a message of more bytes than the group allows.
 */
export type PackingFaultCode = 'malformed-packet' | 'fragment-out-of-order' | 'message-too-large'
