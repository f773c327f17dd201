import { expect, test } from 'vitest'
import { type Child, child } from './child.js'
import { identity, LOCAL, Log, open, utf8 } from './support.js'

const LIMITS = { heartbeatMs: 50, deadPeerMs: 400, handshakeMsMax: 400 }

/** This process, at the place that dials, and a child at the place that is dialled. */
async function dialling() {
  const peers = { [identity(0).id]: LOCAL }
  const start = (listen = LOCAL): Promise<Child> => child(1, listen, peers, LIMITS)
  const other = await start()
  const transport = await open(identity(0), [[identity(1), other.address]], LIMITS)
  const log = new Log()
  transport.start(log)
  await log.hears('connect')
  return { transport, log, other, start, otherId: identity(1).id }
}

/** This process, at the place that is dialled, and a child at the place that dials. */
async function dialled() {
  const transport = await open(identity(1), [identity(0)], LIMITS)
  const log = new Log()
  transport.start(log)
  const start = (): Promise<Child> => child(0, LOCAL, { [identity(1).id]: transport.address }, LIMITS)
  const other = await start()
  await log.hears('connect')
  return { transport, log, other, start, otherId: identity(0).id }
}

/** What was heard, without the warnings, of which there may be more or fewer. */
function events(log: Log): string[] {
  return log.words.filter((word) => !word.startsWith('!'))
}

test.each([
  ['that was dialled', dialling],
  ['that dialled', dialled],
])(
  'a process %s, killed and started again, is connected again, and frames of the new connection arrive',
  async (_, setUp) => {
    const { transport, log, other, start, otherId } = await setUp()
    transport.send(otherId, utf8('one'))
    await log.hears('one')
    await other.kill()
    await log.hears('disconnect')
    transport.send(otherId, utf8('lost'))
    await start(other.address)
    await log.hears('connect', 2)
    transport.send(otherId, utf8('two'))
    await log.hears('two')
    expect(events(log)).toEqual(['connect', 'one', 'disconnect', 'connect', 'two'])
  },
)

test.each([
  ['that was dialled', dialling],
  ['that dialled', dialled],
])('a process %s and stops without closing is noticed, and is connected again when it goes on', async (_, setUp) => {
  const { transport, log, other, otherId } = await setUp()
  other.signal('SIGSTOP')
  await log.hears('disconnect')
  expect(log.count('!peer-silent')).toBe(1)
  other.signal('SIGCONT')
  await log.hears('connect', 2)
  transport.send(otherId, utf8('two'))
  await log.hears('two')
  expect(events(log)).toEqual(['connect', 'disconnect', 'connect', 'two'])
})

test('a process started anew replaces the half-open connection of its stopped forerunner', async () => {
  const { transport, log, other, start, otherId } = await dialled()
  other.signal('SIGSTOP')
  await start()
  await log.hears('connect', 2)
  transport.send(otherId, utf8('who is there'))
  await log.hears('who is there')
  expect(events(log)).toEqual(['connect', 'disconnect', 'connect', 'who is there'])
})
