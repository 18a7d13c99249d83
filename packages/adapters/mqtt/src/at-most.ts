/** Waits for the work, or until the time is up. */
export async function atMost(work: Promise<unknown>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  await Promise.race([
    work,
    new Promise((resolve) => {
      timer = setTimeout(resolve, limitMs)
    }),
  ])
  clearTimeout(timer)
}
