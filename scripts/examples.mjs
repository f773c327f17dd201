// The examples in a package's README are files that tests run, copied between markers: its test/example.ts between
// `<!-- example -->` and `<!-- /example -->`, and files of any package between markers with a name, listed in NAMED.
// node scripts/examples.mjs says where they differ; node scripts/examples.mjs --write copies the files in.
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packagesOf, place, REPOSITORY, readIf } from './check/workspace.mjs'

/** `<!-- example NAME -->`: the file that it shows, from the root. A table, so that no README can show what no test runs. */
const NAMED = { 'custom-stack': 'packages/rampart/test/custom-stack.ts' }

const BLOCK = /(<!-- example(?: ([a-z-]+))? -->\n)([\s\S]*?)(<!-- \/example(?: ([a-z-]+))? -->)/g

/** The problems of every example below `root`; with `write`, mends what can be mended. */
export function examples(root, { write = false } = {}) {
  return packagesOf(root).flatMap((one) => {
    const readme = join(one.folder, 'README.md')
    const text = readIf(readme) ?? ''
    const problems = []
    const shown = new Set()
    const mended = text.replace(BLOCK, (block, before, name, content, after, end) => {
      shown.add(name)
      const found = exampleFile(root, one, name)
      if (found === undefined || name !== end) {
        problems.push(`${place(root, readme)} shows ${nameOf(name, end)}`)
        return block
      }
      const wanted = `\`\`\`ts\n${found.code.trimEnd()}\n\`\`\`\n`
      if (content !== wanted && !write) {
        problems.push(`${place(root, readme)} does not show ${found.path} as it is: node scripts/examples.mjs --write`)
      }
      return `${before}${wanted}${after}`
    })
    // Whether a package must have an example is for anatomy to say.
    if (!shown.has(undefined) && exampleFile(root, one) !== undefined) {
      problems.push(`${place(root, readme)} lacks <!-- example --> and <!-- /example -->`)
    }
    if (write && mended !== text) writeFileSync(readme, mended)
    return problems
  })
}

/** The file that a marker of a package's README means, if there is one. */
function exampleFile(root, { folder }, name) {
  if (name !== undefined && !Object.hasOwn(NAMED, name)) return undefined
  const path = name === undefined ? 'test/example.ts' : NAMED[name]
  const code = readIf(join(name === undefined ? folder : root, path))
  return code === undefined ? undefined : { path, code }
}

function nameOf(name, end) {
  if (name !== end) return `an example '${name ?? ''}' that ends as '${end ?? ''}'`
  return name === undefined
    ? 'an example, but there is no test/example.ts'
    : `an example '${name}', but NAMED of scripts/examples.mjs has no file for it`
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const root = process.argv.slice(2).find((argument) => argument !== '--write') ?? REPOSITORY
  const problems = examples(resolve(root), { write: process.argv.includes('--write') })
  for (const problem of problems) process.stdout.write(`${problem}\n`)
  process.exitCode = problems.length > 0 ? 1 : 0
}
