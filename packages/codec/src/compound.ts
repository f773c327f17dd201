import { type Codec, type Decoded, malformed, outOfRange } from './codec.js'
import { boolean, varint } from './simple.js'

/** Up to `max` values one after another, with their number in front. */
export function list<T>(item: Codec<T>, max: number): Codec<readonly T[]> {
  const count = varint(max)
  return {
    size(values) {
      let size = count.size(values.length)
      for (const value of values) size += item.size(value)
      return size
    },
    write(values, into, at) {
      let end = count.write(values.length, into, at)
      for (const value of values) end = item.write(value, into, end)
      return end
    },
    read(reader) {
      const length = count.read(reader)
      const values: T[] = []
      for (let i = 0; i < length; i++) values.push(item.read(reader)) // a false count ends with the bytes
      return values
    },
  }
}

/** A value or nothing: one byte 0 or 1, then the value. */
export function optional<T>(inner: Codec<T>): Codec<T | undefined> {
  return {
    size: (value) => (value === undefined ? 1 : 1 + inner.size(value)),
    write(value, into, at) {
      const end = boolean.write(value !== undefined, into, at)
      return value === undefined ? end : inner.write(value, into, end)
    },
    read: (reader) => (boolean.read(reader) ? inner.read(reader) : undefined),
  }
}

type StructOf<F> = { readonly [K in keyof F]: Decoded<F[K]> }

/** Named fields in the order in which they are written here: that order is the wire's. */
// oxlint-disable-next-line typescript/no-explicit-any -- Codec is invariant: only `any` lets a struct hold codecs of every type
export function struct<const F extends { readonly [name: string]: Codec<any> }>(fields: F): Codec<StructOf<F>> {
  const entries: readonly (readonly [string, Codec<unknown>])[] = Object.entries(fields)
  return {
    size(value) {
      let size = 0
      for (const [name, codec] of entries) size += codec.size((value as Record<string, unknown>)[name])
      return size
    },
    write(value, into, at) {
      let end = at
      for (const [name, codec] of entries) end = codec.write((value as Record<string, unknown>)[name], into, end)
      return end
    },
    read(reader) {
      const value: Record<string, unknown> = {}
      for (const [name, codec] of entries) value[name] = codec.read(reader)
      return value as StructOf<F>
    },
  }
}

// oxlint-disable-next-line typescript/no-explicit-any -- as for struct
type Variants = { readonly [type: string]: readonly [tag: number, body: Codec<any>] }
type UnionOf<V extends Variants> = { [K in keyof V]: { readonly type: K } & Decoded<V[K][1]> }[keyof V]

/** One of several structs, told apart by `type` here and by one tag byte on the wire. Tags are never used again. */
export function union<const V extends Variants>(variants: V): Codec<UnionOf<V>> {
  const byTag: ([string, Codec<unknown>] | undefined)[] = []
  for (const [type, [tag, body]] of Object.entries(variants)) {
    if (byTag[tag] !== undefined || tag < 0 || tag > 255) outOfRange(`two variants with the tag ${tag}`)
    byTag[tag] = [type, body]
  }
  const variantOf = (value: { readonly type: unknown }): readonly [number, Codec<unknown>] =>
    variants[value.type as string] ?? outOfRange(`a message of type '${String(value.type)}'`)
  return {
    size: (value) => 1 + variantOf(value)[1].size(value),
    write(value, into, at) {
      const [tag, body] = variantOf(value)
      into[at] = tag
      return body.write(value, into, at + 1)
    },
    read(reader) {
      const variant = byTag[reader.bytes[reader.at++] ?? 256]
      if (variant === undefined) return malformed()
      const [type, body] = variant
      return Object.assign({ type }, body.read(reader)) as UnionOf<V>
    },
  }
}
