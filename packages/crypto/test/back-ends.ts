import { type Backend, nobleBackend, nodeBackend } from '@testudo/crypto'

/** Both, for the length of a test file. */
export const backEnds: readonly Backend[] = [nodeBackend(), nobleBackend()]

/** What a call came to: its result, or the code of what it threw. */
export function outcome<T>(call: () => T): { readonly result: T } | { readonly code: unknown } {
  try {
    return { result: call() }
  } catch (error) {
    return { code: (error as { readonly code?: unknown }).code }
  }
}
