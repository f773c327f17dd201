import { createIdentity } from '@testudo/crypto'
import { rampart } from '@testudo/rampart'
import { type Group, openGroup } from '@testudo/runtime'
import { memoryNetwork } from '@testudo/transport-memory'

// Four members in one process; between machines, take @testudo/transport-tcp. One of four may lie.
const identities = [createIdentity(), createIdentity(), createIdentity(), createIdentity()]
const members = identities.map(({ id }) => id)
const protocol = rampart()
const transport = memoryNetwork().transport()
// One name for one run of the group: all members agree on it beforehand, and never use it again with the same keys.
const groupName = crypto.randomUUID()
const groups = await Promise.all(
  identities.map((identity) => openGroup({ identity, members, protocol, transport, groupName })),
)

/** What a member delivers, in its order, until it has `count` messages. */
async function delivered(group: Group, count: number): Promise<readonly string[]> {
  const texts: string[] = []
  for await (const event of group.events()) {
    if (event.type === 'fault') console.log(`a member was caught: ${event.fault.code}`)
    if (event.type === 'deliver') texts.push(new TextDecoder().decode(event.payload))
    if (texts.length === count) break
  }
  return texts
}

// All multicast at once: nobody knows the order yet, and all find the same.
for (const [index, group] of groups.entries()) {
  for (const word of ['hello', 'goodbye']) await group.multicast(new TextEncoder().encode(`${word} from ${index}`))
}
const orders = await Promise.all(groups.map((group) => delivered(group, 8)))
for (const [index, texts] of orders.entries()) console.log(`member ${index}: ${texts.join(', ')}`)
const same = orders.every((texts) => texts.join() === orders[0]?.join())
console.log(same ? 'one order at all members' : 'the orders differ')
await Promise.all(groups.map((group) => group.close()))
process.exitCode = same ? 0 : 1
