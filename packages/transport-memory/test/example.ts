import { createIdentity } from '@testudo/crypto'
import { memoryNetwork } from '@testudo/transport-memory'

const network = memoryNetwork()
const [alice, bob] = [createIdentity(), createIdentity()]

const toBob = await network.transport().open(alice)
const atBob = await network.transport().open(bob)

atBob.start({
  connect: () => console.log('bob is connected'),
  receive: (_from, bytes) => {
    console.log(`bob received: ${new TextDecoder().decode(bytes)}`)
    void toBob.close()
  },
  disconnect: () => console.log('alice is gone'),
  warn: ({ message }) => console.warn(message),
})
toBob.start({
  connect: (peer) => toBob.send(peer, new TextEncoder().encode('hello')),
  receive: () => {},
  disconnect: () => {},
  warn: ({ message }) => console.warn(message),
})
