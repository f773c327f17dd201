/** The caller misused us. `code` is stable, `hint` says what to do instead. Compare `code`, not the class. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code: string
  readonly hint: string | undefined
  constructor(code: string, message: string, options: { readonly cause?: unknown; readonly hint?: string } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.hint = options.hint
  }
}

/** The network, the disk or the operating system failed. `code` is stable. */
export class TransportError extends Error {
  override readonly name = 'TransportError'
  readonly code: string
  readonly hint: string | undefined
  constructor(code: string, message: string, options: { readonly cause?: unknown; readonly hint?: string } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.hint = options.hint
  }
}

/** Our own code broke one of its invariants: a bug here, never a peer's doing. The runtime stops this process. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError'
  readonly code = 'invariant'
}

/** Fails with an `InvariantError` that carries the sentence, unless the condition holds. */
export function invariant(condition: unknown, sentence: string): asserts condition {
  if (!condition) throw new InvariantError(sentence)
}
