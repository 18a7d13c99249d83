/**
 * Does something every so often, one at a time: where a turn takes long, those that fall into it are left out. `work`
 * tells of its failures itself, and never rejects.
 */
export function createTurns({ work, everyMs }: { work(): Promise<void>; everyMs: number }) {
  let timer: NodeJS.Timeout | undefined
  let turning: Promise<void> | undefined
  let isAskedAgain = false

  function turn(): void {
    turning ??= work().finally(() => {
      turning = undefined
      if (!isAskedAgain) return
      isAskedAgain = false
      turn()
    })
  }

  return {
    start(): void {
      timer = setInterval(turn, everyMs).unref()
    },
    /** At once; again after a turn that is under way, as what that one has read may be older than what is to be seen. */
    look(): void {
      isAskedAgain = turning !== undefined
      turn()
    },
    /** Resolves when the turn that was under way is over. */
    async stop(): Promise<void> {
      clearInterval(timer)
      isAskedAgain = false
      await turning
    },
  }
}
