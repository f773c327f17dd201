import { readFileSync } from 'node:fs'

/** Whether some files are the same to the byte, and if not, where the first two differ. */
export function compareLogs(paths: readonly string[]): { readonly equal: boolean; readonly difference?: string } {
  const [first, ...others] = paths
  if (first === undefined) return { equal: true }
  const expected = readFileSync(first)
  for (const path of others) {
    const found = readFileSync(path)
    if (expected.equals(found)) continue
    return { equal: false, difference: describeDifference(first, expected, path, found) }
  }
  return { equal: true }
}

function describeDifference(first: string, expected: Buffer, path: string, found: Buffer): string {
  let at = 0
  while (at < expected.length && at < found.length && expected[at] === found[at]) at++
  const line = expected.subarray(0, at).toString('latin1').split('\n').length
  return `${path} differs from ${first} in line ${line} (byte ${at}; ${found.length} and ${expected.length} bytes)`
}
