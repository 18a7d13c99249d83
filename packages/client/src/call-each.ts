/** Calls each handler on its own: one that throws stops no other, and what it threw is told. */
export function callEach<Handler>(
  handlers: Iterable<Handler>,
  call: (handler: Handler) => void,
  onError: (error: unknown) => void,
): void {
  for (const handler of [...handlers]) {
    try {
      call(handler)
    } catch (error) {
      onError(error)
    }
  }
}
