import { type Bytes, equalBytes, type Identity, processIdBytes } from '@testudo/core'
import type { Sealing } from './backend.js'
import { createIdentity } from './identity.js'
import { type KeyFileCode, KeyFileError } from './key-file-error.js'
import {
  encodeKeyFile,
  KEY_FILE_BYTES,
  type KeyFile,
  keyFileHeader,
  parseKeyFile,
  SCRYPT_COST,
  type ScryptCost,
} from './key-file-format.js'
import { nodeModule, randomBytes } from './platform.js'
import { type CryptoSuite, suite as defaultSuite } from './suite.js'
import { misuse } from './usage.js'

/**
 * Writes the identity's seed, encrypted under the passphrase, to a new file that only its owner can read. The file is
 * there whole or not at all, and none is ever overwritten. Rejects with a `KeyFileError`, or with a `UsageError`
 * (`passphrase-empty`, `needs-node`).
 */
export async function writeKeyFile(path: string, identity: Identity, passphrase: string): Promise<void> {
  const { backend } = defaultSuite()
  const blank: KeyFile = {
    cost: SCRYPT_COST,
    salt: randomBytes(32),
    publicKey: processIdBytes(identity.id),
    sealedSeed: new Uint8Array(0),
  }
  const sealing = await sealingOf(blank, passphrase)
  const sealedSeed = backend.seal(sealing, identity.unsafeExportSeed())
  await createFile(path, encodeKeyFile({ ...blank, sealedSeed }, backend.sha256.bind(backend)))
}

/**
 * The identity in a key file. Rejects with a `KeyFileError` whose code tells what to do, or with a `UsageError`
 * (`passphrase-empty`, `needs-node`). What the file asks of memory and time is bounded before it is given.
 */
export async function readKeyFile(
  path: string,
  passphrase: string,
  options: { readonly suite?: CryptoSuite } = {},
): Promise<Identity> {
  const suite = options.suite ?? defaultSuite()
  const { backend } = suite
  const file = parseKeyFile(await readWhole(path), backend.sha256.bind(backend))
  if (file === 'key-file-damaged') throw refusal(file, `${path} is not a whole key file`)
  if (file === 'key-file-parameters') throw refusal(file, `${path} asks for more scrypt than is allowed`)
  const seed = backend.open(await sealingOf(file, passphrase), file.sealedSeed)
  if (seed === undefined) throw refusal('key-file-wrong-passphrase', `this passphrase does not open ${path}`)
  const identity = createIdentity({ seed, suite })
  if (equalBytes(processIdBytes(identity.id), file.publicKey)) return identity
  throw refusal('key-file-damaged', `${path} names a key that is not its seed's`)
}

async function sealingOf(file: KeyFile, passphrase: string): Promise<Sealing> {
  if (passphrase === '') misuse('passphrase-empty', 'a key file needs a passphrase')
  const key = await stretch(passphrase, file.salt, file.cost)
  return { cipher: 'chacha20-poly1305', key, nonce: new Uint8Array(12), aad: keyFileHeader(file) }
}

function stretch(passphrase: string, salt: Bytes, { log2N, r, p }: ScryptCost): Promise<Bytes> {
  const N = 2 ** log2N
  const maxmem = 2 * 128 * N * r // OpenSSL wants a little more than 128 N r
  const { scrypt } = nodeModule('node:crypto')
  return new Promise((resolve, reject) => {
    // NFC: the same passphrase typed on another system may come as other code points.
    scrypt(passphrase.normalize('NFC'), salt, 32, { N, r, p, maxmem }, (error, key) => {
      if (error === null) resolve(new Uint8Array(key))
      else reject(error)
    })
  })
}

async function readWhole(path: string): Promise<Bytes> {
  const { constants, open } = nodeModule('node:fs/promises')
  // Without O_NONBLOCK, opening a named pipe would wait for somebody to write to it.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    throw ioError(error, path)
  })
  try {
    const status = await handle.stat() // of what was opened, not of what the name means by now
    if (!status.isFile()) throw refusal('key-file-permissions', `${path} is not an ordinary file`)
    if (process.platform !== 'win32' && (status.mode & 0o077) !== 0) {
      throw refusal('key-file-permissions', `others may read or write ${path}`, `chmod 600 ${path}`)
    }
    const bytes = new Uint8Array(KEY_FILE_BYTES + 1) // one more, to see whether it goes on
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0)
    return bytes.subarray(0, bytesRead)
  } catch (error) {
    throw error instanceof KeyFileError ? error : ioError(error, path)
  } finally {
    await handle.close()
  }
}

async function createFile(path: string, bytes: Bytes): Promise<void> {
  try {
    await linkNew(path, bytes)
    await syncFolder(path)
  } catch (error) {
    throw ioError(error, path)
  }
}

/**
 * A temporary file beside it, flushed, then given the name. By a hard link instead of a rename, because a rename would
 * replace a file that appeared in the meantime.
 */
async function linkNew(path: string, bytes: Bytes): Promise<void> {
  const { link, open, rm } = nodeModule('node:fs/promises')
  const temporary = `${path}.${Buffer.from(randomBytes(8)).toString('hex')}.tmp`
  const handle = await open(temporary, 'wx', 0o600)
  try {
    await handle.writeFile(bytes)
    await handle.sync()
    await link(temporary, path)
  } finally {
    await handle.close()
    await rm(temporary, { force: true })
  }
}

/** So that the name survives a power failure as well. Windows cannot open folders, and needs no such thing. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await nodeModule('node:fs/promises').open(nodeModule('node:path').dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function ioError(cause: unknown, path: string): KeyFileError {
  switch ((cause as { readonly code?: unknown }).code) {
    case 'ENOENT':
      return new KeyFileError('key-file-not-found', `there is no ${path}, or no such folder`, { cause })
    case 'EEXIST':
      return new KeyFileError('key-file-exists', `${path} is there already`, { cause, hint: 'choose another name' })
    default:
      return new KeyFileError('key-file-io', `${path} could not be used`, { cause })
  }
}

function refusal(code: KeyFileCode, message: string, hint?: string): KeyFileError {
  return new KeyFileError(code, message, hint === undefined ? {} : { hint })
}
