import type { Identity, ProcessId, Protocol, Transport, TransportFactory } from '@testudo/core'
import { createIdentity } from '@testudo/crypto'
import { type Group, openGroup } from '@testudo/runtime'
import { tcp } from '@testudo/transport-tcp'
import type { FromMember, ToMember } from './wire.js'

/** What a member process does, once its group is open. */
export interface Task<Config, News, Result> {
  /** The stack to run; a liar's is wrapped here. */
  protocol(config: Config, identity: Identity, members: readonly ProcessId[]): Protocol
  /** For measuring: wraps what signs and verifies. */
  watchIdentity?(identity: Identity): Identity
  /** For measuring: wraps what sends. */
  watchTransport?(transport: Transport): Transport
  run(context: TaskContext<Config, News>): Promise<Result>
}

export interface TaskContext<Config, News> {
  readonly group: Group
  readonly identity: Identity
  readonly members: readonly ProcessId[]
  readonly config: Config
  /** Tells the parent something on the way. */
  report(news: News): void
}

/** Runs a task in this process for the parent that forked it; ends when the parent says so, or is gone. */
export function serveMember<Config, News, Result>(task: Task<Config, News, Result>): void {
  if (process.send === undefined) {
    process.stderr.write('this module is run by its parent process, not by hand\n')
    process.exit(2)
  }
  const tell = (message: FromMember<News, Result>): void => {
    process.send?.(message, () => {}) // a parent that is gone is noticed by 'disconnect'
  }
  let go: () => void = () => {}
  const started = new Promise<void>((resolve) => {
    go = resolve
  })
  process.on('disconnect', () => process.exit(1))
  if (!process.connected) process.exit(1) // the parent was gone before anybody listened
  process.on('SIGINT', () => {}) // Ctrl-C reaches the whole process group: the parent ends us in order
  process.on('message', (message: ToMember<Config>) => {
    switch (message.type) {
      case 'open':
        void work(task, message, started, tell)
        return
      case 'go':
        return go()
      case 'finish':
        process.exit(0)
    }
  })
}

async function work<Config, News, Result>(
  task: Task<Config, News, Result>,
  { seed, members, groupName, peers, config }: ToMember<Config> & { readonly type: 'open' },
  started: Promise<void>,
  tell: (message: FromMember<News, Result>) => void,
): Promise<void> {
  try {
    const own = createIdentity({ seed: Buffer.from(seed, 'hex') })
    const everybody = Object.fromEntries(members.map((id) => [id, peers[id] ?? { host: '127.0.0.1', port: 0 }]))
    const identity = task.watchIdentity?.(own) ?? own
    const transport: TransportFactory = {
      open: async () => {
        const endpoint = await tcp({ listen: { host: '127.0.0.1', port: 0 }, peers: everybody }).open(own)
        tell({ type: 'listening', port: endpoint.address.port })
        return task.watchTransport?.(endpoint) ?? endpoint
      },
    }
    const group = await openGroup({
      identity,
      members,
      groupName,
      protocol: task.protocol(config, identity, members),
      transport,
    })
    await started
    const result = await task.run({ group, identity, members, config, report: (news) => tell({ type: 'news', news }) })
    tell({ type: 'result', result })
  } catch (error) {
    const { code, message } = error as { readonly code?: string; readonly message?: string }
    tell({ type: 'failed', code: code ?? 'unexpected', message: message ?? String(error) })
  }
}
