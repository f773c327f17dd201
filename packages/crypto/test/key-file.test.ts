import { createHash, randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createIdentity,
  KeyFileError,
  nobleBackend,
  readKeyFile,
  SCRYPT_LOG2N_MAX,
  SCRYPT_P_MAX,
  SCRYPT_R_MAX,
  suite,
  writeKeyFile,
} from '@testudo/crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { KEY_FILE_BYTES } from '../src/key-file-format.js'

const identity = createIdentity()
let folder: string
let good: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'testudo-key-'))
  good = join(folder, 'good.key')
  await writeKeyFile(good, identity, 'correct horse')
})

afterAll(async () => {
  await rm(folder, { recursive: true })
})

let files = 0
/** A new file with these bytes. */
async function fileOf(bytes: Uint8Array, mode = 0o600): Promise<string> {
  const path = join(folder, `${++files}.key`)
  await writeFile(path, bytes, { mode })
  return path
}

/** The bytes with one of them changed and the checksum made right again, as a forger would. */
function forged(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const content = Uint8Array.from(bytes.subarray(0, bytes.length - 32))
  content[at] = value
  return new Uint8Array([...content, ...createHash('sha256').update(content).digest()])
}

describe('a key file', () => {
  test('gives the identity back to the passphrase, on either back end', async () => {
    const read = await readKeyFile(good, 'correct horse')
    expect(read.id).toBe(identity.id)
    expect(read.unsafeExportSeed()).toEqual(identity.unsafeExportSeed())
    const noble = await readKeyFile(good, 'correct horse', { suite: suite(nobleBackend()) })
    expect(noble.id).toBe(identity.id)
  })

  test('is for its owner alone, has one length, shows no seed and leaves no temporary file', async () => {
    const { mode, size } = await stat(good)
    expect(mode & 0o777).toBe(0o600)
    expect(size).toBe(KEY_FILE_BYTES)
    expect((await readFile(good)).includes(Buffer.from(identity.unsafeExportSeed()))).toBe(false)
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  test('has a salt of its own, so that two of one identity and passphrase differ', async () => {
    const other = join(folder, 'other.key')
    await writeKeyFile(other, identity, 'correct horse')
    const [a, b] = [await readFile(good), await readFile(other)]
    expect(a.subarray(20, 52)).not.toEqual(b.subarray(20, 52))
    expect(a.subarray(84, 132)).not.toEqual(b.subarray(84, 132))
  })

  test('takes a passphrase in either Unicode form', async () => {
    const path = join(folder, 'unicode.key')
    await writeKeyFile(path, identity, 'schl\u00fcssel')
    expect((await readKeyFile(path, 'schlu\u0308ssel')).id).toBe(identity.id)
  })
})

describe('writing', () => {
  test('overwrites nothing, not even a dangling link, and leaves no temporary file', async () => {
    const before = await readFile(good)
    await expect(writeKeyFile(good, createIdentity(), 'x')).rejects.toMatchObject({ code: 'key-file-exists' })
    expect(await readFile(good)).toEqual(before)
    const dangling = join(folder, 'dangling.key')
    await symlink(join(folder, 'nowhere'), dangling)
    await expect(writeKeyFile(dangling, identity, 'x')).rejects.toMatchObject({ code: 'key-file-exists' })
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp') || name === 'nowhere')).toEqual([])
  })

  test('many at once to one name, one succeeds and its file is whole', async () => {
    const path = join(folder, 'race.key')
    const identities = Array.from({ length: 5 }, () => createIdentity())
    const written = await Promise.allSettled(identities.map((each) => writeKeyFile(path, each, 'x')))
    const winners = identities.filter((_, i) => written[i]?.status === 'fulfilled')
    expect(winners.map(({ id }) => id)).toEqual([(await readKeyFile(path, 'x')).id])
  })

  test('says that the folder is not there', async () => {
    const path = join(folder, 'no', 'such.key')
    await expect(writeKeyFile(path, identity, 'x')).rejects.toMatchObject({ code: 'key-file-not-found' })
  })

  test('needs a passphrase', async () => {
    const path = join(folder, 'empty.key')
    await expect(writeKeyFile(path, identity, '')).rejects.toMatchObject({ code: 'passphrase-empty' })
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('reading', () => {
  test('says that there is no file', async () => {
    const refused = expect(readKeyFile(join(folder, 'none.key'), 'x')).rejects
    await refused.toMatchObject({ code: 'key-file-not-found', name: 'KeyFileError' })
  })

  test('says that the passphrase is wrong', async () => {
    await expect(readKeyFile(good, 'battery staple')).rejects.toMatchObject({ code: 'key-file-wrong-passphrase' })
    await expect(readKeyFile(good, '')).rejects.toMatchObject({ code: 'passphrase-empty' })
  })

  test.for([0o640, 0o604, 0o620, 0o602, 0o610, 0o666])('refuses mode %o', async (mode, { skip }) => {
    if (process.platform === 'win32') skip('Windows has no such modes')
    const path = await fileOf(await readFile(good))
    await chmod(path, mode)
    const refused = expect(readKeyFile(path, 'correct horse')).rejects
    await refused.toMatchObject({ code: 'key-file-permissions', hint: `chmod 600 ${path}` })
  })

  test('refuses a folder', async () => {
    const path = join(folder, 'a-folder')
    await mkdir(path, { mode: 0o700 })
    await expect(readKeyFile(path, 'x')).rejects.toMatchObject({ code: 'key-file-permissions' })
  })

  test('says that the operating system failed, and how', async () => {
    const refused = expect(readKeyFile(join(good, 'below-a-file'), 'x')).rejects
    await refused.toMatchObject({ code: 'key-file-io', cause: { code: 'ENOTDIR' } })
  })

  test('tells damage of any single byte, of cut and of added bytes from a wrong passphrase', async () => {
    const bytes = await readFile(good)
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Uint8Array.from(bytes)
      damaged[at] = (damaged[at] as number) ^ 1
      const refused = expect(readKeyFile(await fileOf(damaged), 'correct horse'), `byte ${at}`).rejects
      await refused.toMatchObject({ code: 'key-file-damaged' })
    }
    const others = [new Uint8Array(0), bytes.subarray(1), bytes.subarray(0, -1), new Uint8Array([...bytes, 0])]
    for (const other of [...others, randomBytes(KEY_FILE_BYTES), new Uint8Array(100_000)]) {
      await expect(readKeyFile(await fileOf(other), 'x')).rejects.toMatchObject({ code: 'key-file-damaged' })
    }
  })

  test('believes no public key, version or reserved byte that a forger wrote', async () => {
    const bytes = await readFile(good)
    const key = await fileOf(forged(bytes, 60, (bytes[60] as number) ^ 1))
    await expect(readKeyFile(key, 'correct horse')).rejects.toMatchObject({ code: 'key-file-wrong-passphrase' })
    for (const at of [14, 19]) {
      const path = await fileOf(forged(bytes, at, 0x39))
      await expect(readKeyFile(path, 'correct horse')).rejects.toMatchObject({ code: 'key-file-damaged' })
    }
  })

  test('spends no memory or time beyond the limits on a hostile file', async () => {
    const bytes = await readFile(good)
    const hostile = [
      [16, SCRYPT_LOG2N_MAX + 1],
      [16, 31],
      [16, 255],
      [16, 13],
      [16, 0],
      [17, SCRYPT_R_MAX + 1],
      [17, 0],
      [18, SCRYPT_P_MAX + 1],
      [18, 0],
    ] as const
    for (const [at, value] of hostile) {
      const path = await fileOf(forged(bytes, at, value))
      await expect(readKeyFile(path, 'x'), `${at}: ${value}`).rejects.toMatchObject({ code: 'key-file-parameters' })
    }
    const greatest = await fileOf(forged(forged(bytes, 16, SCRYPT_LOG2N_MAX), 18, SCRYPT_P_MAX))
    await expect(readKeyFile(greatest, 'x')).rejects.toMatchObject({ code: 'key-file-wrong-passphrase' })
  })

  test('never puts the passphrase or the seed in an error', async () => {
    const error: unknown = await readKeyFile(good, 'battery staple').catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(KeyFileError)
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain('battery')
  })
})
