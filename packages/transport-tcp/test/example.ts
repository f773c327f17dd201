import { createIdentity } from '@testudo/crypto'
import { tcp } from '@testudo/transport-tcp'

const local = { host: '127.0.0.1', port: 0 }
const [one, other] = [createIdentity(), createIdentity()]
const [low, high] = one.id < other.id ? [one, other] : [other, one]

// Of a pair the process with the lower id dials: only it needs to know where the other listens.
const answering = await tcp({ listen: local, peers: { [low.id]: local } }).open(high)
const calling = await tcp({ listen: local, peers: { [high.id]: answering.address } }).open(low)

answering.start({
  connect: () => console.log('somebody with a listed key is connected'),
  receive: (from, bytes) => answering.send(from, new TextEncoder().encode(`you said ${bytes.length} bytes`)),
  disconnect: () => {
    console.log('it is gone')
    void answering.close()
  },
  warn: ({ code, message }) => console.warn(code, message),
})
calling.start({
  connect: (peer) => calling.send(peer, new TextEncoder().encode('hello')),
  receive: (_from, bytes) => {
    console.log(new TextDecoder().decode(bytes))
    void calling.close()
  },
  disconnect: () => {},
  warn: ({ code, message }) => console.warn(code, message),
})
