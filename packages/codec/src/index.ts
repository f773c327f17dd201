export type { Codec, Decoded } from './codec.js'
export { decode, encode } from './codec.js'
export { list, optional, struct, union } from './compound.js'
export { boolean, bytes, fixed, literal, processId, text, u8, u32, u64, varint } from './simple.js'
