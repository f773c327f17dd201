import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createIdentity, openChannels, readKeyFile, writeKeyFile } from '@testudo/crypto'

const text = (words: string) => new TextEncoder().encode(words)

// Who we are, kept in a file under a passphrase.
const folder = await mkdtemp(join(tmpdir(), 'testudo-'))
const file = join(folder, 'alice.key')
await writeKeyFile(file, createIdentity(), 'correct horse battery staple')
const alice = await readKeyFile(file, 'correct horse battery staple')
await rm(folder, { recursive: true })

// Bytes that are signed begin with what they are for.
const bytes = text('example/order: 100 shields')
const claim = { signer: alice.id, bytes, signature: alice.signer.sign(bytes) }
console.log('signature verifies:', alice.suite.verify(claim))
console.log('other bytes verify:', alice.suite.verify({ ...claim, bytes: text('example/order: 999 shields') }))

// A channel between two processes. Each would sign its agreement key and show the other.
const bob = createIdentity()
const atAlice = openChannels({ self: alice.id, context: text('example') })
const atBob = openChannels({ self: bob.id, context: text('example') })
const frame = atAlice.seal({ id: bob.id, agreement: atBob.publicKey }, text('left flank, now'))
if (frame === undefined) throw new Error("Bob's agreement key is good for nothing")

const fromAlice = { id: alice.id, agreement: atAlice.publicKey }
const opened = atBob.open(fromAlice, frame)
console.log('Bob reads:', opened && new TextDecoder().decode(opened))
console.log('the same frame again:', atBob.open(fromAlice, frame))
