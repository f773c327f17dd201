import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'

const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url))
const BIN = fileURLToPath(new URL('../bin/testudo.js', import.meta.url))

/** Everything that a test file leaves on the disk; gone when its tests are. */
export const scratch: string = mkdtempSync(join(tmpdir(), 'testudo-node-test-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** How long anything may take on a busy machine before a test says that it did not happen, in milliseconds. */
export const DEADLINE_MS = 90_000
/** For each test that runs processes: a little more, so that the deadline can say what did not happen. */
export const TEST_MS: number = DEADLINE_MS + 10_000

/** Brings `dist` up to date: it is already when `npm test` runs this, and may not be when vitest is run by hand. */
export async function build(): Promise<void> {
  const lock = join(tmpdir(), `testudo-build-${process.ppid}`)
  await until(() => locked(lock), 'nobody else builds')
  try {
    const project = join(REPOSITORY, 'apps/node/tsconfig.json')
    const tsc = join(REPOSITORY, 'node_modules/typescript/bin/tsc')
    const { status, stdout, stderr } = spawnSync(process.execPath, [tsc, '-b', project], { encoding: 'utf8' })
    if (status !== 0) throw new Error(`the build failed:\n${stdout}${stderr}`)
  } finally {
    rmdirSync(lock)
  }
}

function locked(folder: string): boolean {
  try {
    mkdirSync(folder)
    return true
  } catch (error) {
    if ((error as { readonly code?: string }).code === 'EEXIST') return false
    throw error
  }
}

/** Waits until something holds; throws when it does not in time. */
export async function until(holds: () => boolean, what: string, deadlineMs: number = DEADLINE_MS): Promise<void> {
  const late = performance.now() + deadlineMs
  while (!holds()) {
    if (performance.now() > late) throw new Error(`not within ${deadlineMs / 1000} s: ${what}`)
    await pause(5)
  }
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A `testudo` that was started, in a process group and with a folder for temporary files of its own. */
export class Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Where it puts its temporary files. */
  readonly temporary: string = mkdtempSync(join(scratch, 'tmp-'))
  stdout = ''
  stderr = ''

  constructor(args: readonly string[]) {
    this.child = spawn(process.execPath, [BIN, ...args], {
      detached: true, // leads a process group, so that whatever it leaves behind can be found
      env: { ...process.env, TMPDIR: this.temporary },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
    })
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    this.ended = new Promise((resolve) => {
      // Not 'close': that waits for whoever holds the pipes, and a process left behind would.
      this.child.on('exit', (code, signal) => {
        setImmediate(() => resolve({ code, signal, stdout: this.stdout, stderr: this.stderr }))
      })
    })
  }

  get group(): number {
    return this.child.pid ?? 0
  }

  /** The processes of the members by rank, as they are printed; empty before. */
  members(): readonly number[] {
    return [...this.stdout.matchAll(/^ +\d+ {2}[0-9a-f]{8}… +(\d+)/gm)].map(([, pid]) => Number(pid))
  }

  /** Resolves when some member has written a piece of its log: the group is at work. */
  async atWork(): Promise<void> {
    await until(() => this.members().length > 0 && this.#logBytes() > 0, 'a log has begun')
  }

  #logBytes(): number {
    const [folder] = readdirSync(this.temporary)
    if (folder === undefined) return 0
    const logs = readdirSync(join(this.temporary, folder)).filter((name) => name.endsWith('.log'))
    return logs.reduce((sum, name) => sum + statSync(join(this.temporary, folder, name)).size, 0)
  }
}

/** Runs `testudo` to its end. */
export async function testudo(...args: string[]): Promise<Ended & { readonly running: Running }> {
  const running = new Running(args)
  return { ...(await running.ended), running }
}

/** Whether any process of a group is there, other than those that are dead and not yet buried by whoever adopted them. */
export function anyLeft(group: number): boolean {
  try {
    process.kill(-group, 0)
  } catch {
    return false // ESRCH: there is none
  }
  return process.platform !== 'linux' || countOf(group) > 0
}

/** How many processes of a group live, on Linux. */
export function countOf(group: number): number {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && isIn(group, pid)).length
}

function isIn(group: number, pid: string): boolean {
  const [state, , of] = statOf(pid)
  return Number(of) === group && state !== 'Z' && state !== 'X'
}

/** State, parent and process group of a process, on Linux; empty if it is gone. */
export function statOf(pid: number | string): readonly string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return [] // it ended while we looked
  }
}

const files = mkdtempSync(join(scratch, 'files-'))

/** A file with this content. */
export function fileOf(content: string | Uint8Array): string {
  const path = join(files, `${readdirSync(files).length}.txt`)
  writeFileSync(path, content)
  return path
}

/** Lines of text, numbered. */
export function numbered(lines: number): string {
  return Array.from({ length: lines }, (_, index) => `this is line ${index} of them all\n`).join('')
}
