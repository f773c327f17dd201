/** Why a key file was not read or not written. */
export type KeyFileCode =
  /** There is no such file. */
  | 'key-file-not-found'
  /** There is one already; it was left alone. */
  | 'key-file-exists'
  /** Others than the owner may read or write the file, or it is no ordinary file. */
  | 'key-file-permissions'
  /** These are not the bytes that were written: something was changed, cut off or added, or it is no key file. */
  | 'key-file-damaged'
  /** The parameters in the file ask for more memory or time than is allowed. */
  | 'key-file-parameters'
  /** The file is whole, and this passphrase does not open it. */
  | 'key-file-wrong-passphrase'
  /** The operating system failed; `cause` says how. */
  | 'key-file-io'

/** A key file could not be read or written. `code` is stable; compare it, not the class. Never carries a secret. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError'
  readonly code: KeyFileCode
  readonly hint: string | undefined
  constructor(code: KeyFileCode, message: string, options: { readonly cause?: unknown; readonly hint?: string } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.hint = options.hint
  }
}
