/**
 * Waits until a fact holds: asks every few milliseconds until `ask` answers something truthy, and resolves with
 * it. A rejection of `ask` counts as “not yet”. Fails after `withinMs` with what was last seen.
 */
export async function until<Fact>(
  what: string,
  ask: () => Fact | Promise<Fact>,
  options: { withinMs?: number; everyMs?: number } = {},
): Promise<NonNullable<Exclude<Fact, false>>> {
  const deadline = performance.now() + (options.withinMs ?? 25_000)
  let last: unknown
  for (;;) {
    try {
      const fact = await ask()
      if (fact) return fact as NonNullable<Exclude<Fact, false>>
      last = fact
    } catch (error) {
      last = error
    }
    if (performance.now() > deadline) {
      throw new Error(
        `not within ${options.withinMs ?? 25_000} ms: ${what} (last: ${last instanceof Error ? last.message : JSON.stringify(last)})`,
      )
    }
    await new Promise((resolve) => setTimeout(resolve, options.everyMs ?? 10))
  }
}
