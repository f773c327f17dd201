// A process of its own for the tests: says what it hears as lines of JSON, and sends every frame back.
// node peer.mjs '{"seed":1,"listen":{...},"peers":{...},"limits":{...}}', against the built package.
import { createIdentity } from '@testudo/crypto'
import { tcp } from '@testudo/transport-tcp'

const { seed, ...options } = JSON.parse(process.argv[2])
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`)

const transport = await tcp(options).open(createIdentity({ seed: new Uint8Array(32).fill(seed) }))
say({ type: 'listening', address: transport.address })
transport.start({
  connect: (peer) => say({ type: 'connect', peer }),
  disconnect: (peer) => say({ type: 'disconnect', peer }),
  receive: (from, bytes) => transport.send(from, bytes),
  warn: ({ code }) => say({ type: 'warn', code }),
})
// The parent's end of stdin closes when it is gone, however it went.
process.stdin.on('end', () => process.exit()).resume()
