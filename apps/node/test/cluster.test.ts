import { expect, test } from 'vitest'
import { Cluster } from '../src/cluster/cluster.js'
import { statOf } from './harness.js'

const member = new URL('fixtures/member.mjs', import.meta.url)

function cluster(how: string, entry: URL = member, execArgv: readonly string[] = []): Cluster<string, never, string> {
  return new Cluster({ entry, members: 2, config: (rank) => (rank === 1 ? how : 'works'), execArgv })
}

test.each([
  ['throws', [], 'member-ended', 'member 1: its process ended (code 1): TypeError: something broke'],
  [
    'swells',
    ['--max-old-space-size=20'],
    'member-ended',
    'member 1: its process ended (SIGABRT): it ran out of memory',
  ],
  ['refuses', [], 'listen', 'member 1: cannot listen: the port is taken'],
] as const)('a member that %s is reported in one line', async (how, execArgv, code, message) => {
  const members = cluster(how, member, execArgv)
  try {
    await expect(members.start()).rejects.toMatchObject({ name: 'MemberError', code, message })
    await expect(members.result(1)).rejects.toMatchObject({ code })
  } finally {
    await members.end()
  }
})

test('members that cannot even begin are reported, and leave nothing behind', async () => {
  const members = cluster('works', new URL('fixtures/none.mjs', import.meta.url))
  await expect(members.start()).rejects.toThrow(/member [01]: its process ended \(code 1\): Error/)
  await members.end()
})

test('members that end when asked are gone when `end` resolves, and those that do not are killed', async () => {
  for (const entry of [member, new URL('fixtures/deaf.mjs', import.meta.url)]) {
    const members = cluster('works', entry)
    await members.start()
    const pids = [0, 1].map((rank) => members.pid(rank) ?? 0)
    await members.end()
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow(/ESRCH/)
    expect(statOf(pids[0] ?? 0)).toEqual([])
  }
})

test('ranks follow the order of the keys, and a result comes from its member', async () => {
  const members = cluster('works')
  expect([...members.ids].sort()).toEqual(members.ids)
  await members.start()
  expect(await members.result(0)).toBe('done')
  await members.end()
})
