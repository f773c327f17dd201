// The example in a package's README is its test/example.ts, copied between `<!-- example -->` and `<!-- /example -->`.
// node scripts/examples.mjs says where they differ; node scripts/examples.mjs --write copies the files in.
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packagesOf, place, REPOSITORY, readIf } from './check/workspace.mjs'

const BLOCK = /(<!-- example -->\n)([\s\S]*?)(<!-- \/example -->)/

/** The problems of every example below `root`; with `write`, mends what can be mended. */
export function examples(root, { write = false } = {}) {
  return packagesOf(root).flatMap((one) => {
    const readme = join(one.folder, 'README.md')
    const text = readIf(readme) ?? ''
    const example = readIf(join(one.folder, 'test/example.ts'))
    const block = BLOCK.exec(text)
    if (example === undefined && block === null) return [] // whether a package must have one is for anatomy to say
    if (example === undefined) return [`${place(root, readme)} shows an example, but there is no test/example.ts`]
    if (block === null) return [`${place(root, readme)} lacks <!-- example --> and <!-- /example -->`]
    const wanted = `\`\`\`ts\n${example.trimEnd()}\n\`\`\`\n`
    if (block[2] === wanted) return []
    if (!write)
      return [`${place(root, readme)} does not show test/example.ts as it is: node scripts/examples.mjs --write`]
    writeFileSync(
      readme,
      text.replace(BLOCK, (_, before, __, after) => `${before}${wanted}${after}`),
    )
    return []
  })
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const root = process.argv.slice(2).find((argument) => argument !== '--write') ?? REPOSITORY
  const problems = examples(resolve(root), { write: process.argv.includes('--write') })
  for (const problem of problems) process.stdout.write(`${problem}\n`)
  process.exitCode = problems.length > 0 ? 1 : 0
}
