import { parseArgs } from './simulation/arguments.js'
import { simulateCommand } from './simulation/command.js'

const parsed = parseArgs(process.argv.slice(2))
if (typeof parsed === 'string') {
  process.stderr.write(`${parsed}\n`)
  process.exitCode = 2
} else process.exitCode = simulateCommand(parsed)
