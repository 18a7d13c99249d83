/** Prints what a test has measured, in one line that jest leaves as it is. */
export function say(fact: string): void {
  process.stdout.write(`  · ${fact}\n`)
}
