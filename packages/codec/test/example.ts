import { bytes, type Decoded, decode, encode, list, struct, text, u8, union, varint } from '@testudo/codec'

const message = union({
  greet: [1, struct({ name: text(40), ages: list(u8, 3) })],
  data: [2, struct({ seq: varint(1_000_000), payload: bytes(1024) })],
})
type Message = Decoded<typeof message>

const greeting: Message = { type: 'greet', name: 'Ada', ages: [36] }
const encoded = encode(message, greeting)
console.log(`${encoded.length} bytes: ${encoded.join(' ')}`)
console.log(decode(message, encoded))

// Whatever a peer sends: a value or undefined, never an error.
console.log(decode(message, Uint8Array.of(...encoded, 0)))

// A value of our own that does not fit is our mistake, and an error.
try {
  encode(message, { type: 'data', seq: -1, payload: new Uint8Array(0) })
} catch (thrown) {
  console.log(String(thrown))
}
