import { constants } from 'node:os'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Somebody asked this process to stop. */
export class Stopped extends Error {
  override readonly name = 'Stopped'
  /** The exit code that shells expect of a process that ended by this signal. */
  readonly exitCode: number
  constructor(signal: (typeof SIGNALS)[number]) {
    super(`stopped by ${signal}; no process is left`)
    this.exitCode = 128 + constants.signals[signal]
  }
}

/**
 * Runs something that can be stopped by Ctrl-C, or a request to end: then `signal` fires with `Stopped`. A second one
 * ends this process at once; its members end by themselves when they notice.
 */
export async function stoppable<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const handler = (name: NodeJS.Signals): void => {
    const stopped = new Stopped(name as (typeof SIGNALS)[number])
    if (controller.signal.aborted) process.exit(stopped.exitCode)
    controller.abort(stopped)
  }
  for (const name of SIGNALS) process.on(name, handler)
  try {
    return await run(controller.signal)
  } finally {
    for (const name of SIGNALS) process.off(name, handler)
  }
}

/** What `run` comes to; once `signal` fires, rejects with its reason, whatever `run` still does. */
export function unlessStopped<T>(signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error)
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    else {
      const done = (): void => signal.removeEventListener('abort', stop)
      run().finally(done).then(resolve, reject)
    }
  })
}
