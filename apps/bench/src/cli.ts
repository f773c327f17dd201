import { UsageError } from '@testudo/core'
import { Stopped, stoppable } from '@testudo/node'
import { Command, CommanderError } from 'commander'
import type { Load, LoadNews } from './load.js'
import { measureMachine } from './primitives.js'
import { type Row, runLoad } from './run-load.js'
import { heading, line, machineLines } from './table.js'

const FAILED = 1
const WRONG_USE = 2

/** What the command line said, as text. */
interface Arguments {
  readonly members: string
  readonly payloads: string
  readonly senders: string
  readonly packing: string
  readonly seconds: string
  readonly minutes: string
  readonly json?: boolean
}

type Emit = (text: string) => void

/** Runs the command line of the benchmarks; answers with the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const program = new Command('bench')
    .description('measures groups of processes on this machine, beside what the machine allows')
    .argument(
      '[scenario]',
      'load: throughput and latency; light: latency under light load; soak: memory over time; all: load and light',
      'all',
    )
    .option('--members <list>', 'numbers of members', '4,7,10')
    .option('--payloads <list>', 'payload sizes in bytes', '0,100,1024,4096')
    .option('--senders <list>', 'one, all', 'one,all')
    .option('--packing <list>', 'on, off', 'on,off')
    .option('--seconds <n>', 'how long each load is measured', '5')
    .option('--minutes <n>', 'how long the soak lasts', '10')
    .option('--json', 'print { machine, results } as JSON on standard output')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`bench: ${text.replace(/^error: /, '')}`) })
  try {
    program.parse(args, { from: 'user' })
    const [scenario = 'all'] = program.processedArgs as string[]
    await stoppable((signal) => bench(scenario, program.opts<Arguments>(), signal))
    return 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USE
    process.stderr.write(`bench: ${(error as Error).message}\n`)
    if (error instanceof Stopped) return error.exitCode
    return (error as { readonly code?: string }).code === 'bad-argument' ? WRONG_USE : FAILED
  }
}

async function bench(scenario: string, given: Arguments, signal: AbortSignal): Promise<void> {
  const loads = loadsOf(scenario, given)
  const emit: Emit = (text) => void (given.json === true ? process.stderr : process.stdout).write(`${text}\n`)
  const machine = await measureMachine(signal)
  for (const text of machineLines(machine)) emit(text)
  emit(heading())
  const results: Row[] = []
  for (const [name, load] of loads) {
    const options = { machine, signal, ...(name === 'soak' ? { onNews: memoryLines(emit) } : {}) }
    const row = await runLoad(name, load, options)
    results.push(row)
    emit(line(row))
  }
  if (given.json === true) process.stdout.write(`${JSON.stringify({ machine, results })}\n`)
}

/** Prints the memory of the processes once in a while, for a long load. */
function memoryLines(emit: Emit): (rank: number, news: LoadNews) => void {
  const largest = new Map<number, number>()
  let seconds = 0
  return (rank, { rssBytes, delivered }) => {
    largest.set(rank, rssBytes)
    if (rank !== 0 || seconds++ % 30 !== 0) return
    const mib = [...largest.values()].map((bytes) => Math.round(bytes / 2 ** 20))
    emit(`  after ${seconds - 1} s: ${delivered.toLocaleString('en')} delivered, resident MiB ${mib.join(' ')}`)
  }
}

type Named = readonly [scenario: string, load: Load]

function loadsOf(scenario: string, given: Arguments): readonly Named[] {
  const seconds = number('--seconds', given.seconds, 1, 3600)
  const base = { warmupMs: 1500, measureMs: seconds * 1000, rate: undefined }
  const members = list('--members', given.members).map((text) => number('--members', text, 1, 64))
  const payloads = list('--payloads', given.payloads).map((text) => number('--payloads', text, 0, 1024 * 1024))
  const senders = list('--senders', given.senders).map((text) => choice('--senders', text, ['one', 'all'] as const))
  const packing = list('--packing', given.packing).map((text) => choice('--packing', text, ['on', 'off']) === 'on')
  const load: Named[] = packing.flatMap((packed) =>
    members.flatMap((n) =>
      payloads.flatMap((payloadBytes) =>
        senders.map(
          (who) => ['load', { ...base, members: n, payloadBytes, senders: who, packing: packed }] satisfies Named,
        ),
      ),
    ),
  )
  const light: Named[] = members.map(
    (n) =>
      [
        'light',
        { ...base, warmupMs: 6000, members: n, payloadBytes: 100, senders: 'one', packing: true, rate: 200 / n },
      ] satisfies Named,
  )
  switch (scenario) {
    case 'all':
      return [...light, ...load]
    case 'load':
      return load
    case 'light':
      return light
    case 'soak': {
      const measureMs = number('--minutes', given.minutes, 0.1, 600) * 60_000
      return [
        ['soak', { ...base, members: members[0] ?? 4, payloadBytes: 100, senders: 'all', packing: true, measureMs }],
      ]
    }
    default:
      throw wrong(`there is no scenario '${scenario}': it is load, light, soak or all`)
  }
}

function list(option: string, text: string): readonly string[] {
  const items = text.split(',').map((item) => item.trim())
  if (items.some((item) => item === '')) throw wrong(`${option} is a list such as 4,7,10, not '${text}'`)
  return items
}

function number(option: string, text: string, min: number, max: number): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= min && value <= max)) {
    throw wrong(`${option} takes numbers from ${min} to ${max}, not '${text}'`)
  }
  return value
}

function choice<T extends string>(option: string, text: string, among: readonly T[]): T {
  const found = among.find((item) => item === text)
  if (found === undefined) throw wrong(`${option} takes ${among.join(' or ')}, not '${text}'`)
  return found
}

function wrong(message: string): UsageError {
  return new UsageError('bad-argument', message)
}
