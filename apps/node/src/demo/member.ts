import { readFileSync } from 'node:fs'
import type { Bytes } from '@testudo/core'
import { rampart } from '@testudo/rampart'
import { serveMember, type TaskContext } from '../cluster/member.js'
import { LIES, lying } from '../liars/liars.js'
import { DemoLog } from './demo-log.js'
import { END, framed, HELLO, LINE } from './frames.js'
import { countLines, shareCount, shareOf } from './lines.js'
import type { DemoConfig, DemoNews, DemoResult } from './types.js'

serveMember<DemoConfig, DemoNews, DemoResult>({
  protocol: ({ lie, uniform }, identity, members) => {
    const protocol = rampart({ uniform })
    const lied = lie === undefined ? undefined : LIES[lie]
    return lied === undefined ? protocol : lying(protocol, lied.liar, identity, members)
  },
  run: orderLines,
})

/** Multicasts this member's share of the lines; done when its log is. */
async function orderLines(context: TaskContext<DemoConfig, DemoNews>): Promise<DemoResult> {
  const { group, config, members } = context
  const input: Bytes = readFileSync(config.input)
  const rank = members.indexOf(group.self)
  const log = new DemoLog(context, shareCount(countLines(input), rank, members.length))
  const result = log.follow()
  const sent = sendAll(context, shareOf(input, rank, members.length), log)
  // A liar's multicasts may never come back; whoever fails first says why.
  const [done] = await Promise.all([result, config.lie === undefined ? sent : undefined])
  return done
}

async function sendAll(
  { group, config }: TaskContext<DemoConfig, DemoNews>,
  share: Iterable<Bytes>,
  log: DemoLog,
): Promise<void> {
  // The clock starts when the group works: when this has gone once through the one order.
  if (config.lie === undefined) await group.multicast(framed(HELLO), { until: 'ordered' })
  log.begin()
  for (const line of share) {
    log.sent()
    await group.multicast(framed(LINE, line))
  }
  await group.multicast(framed(END))
}
