/** ms since 1970 as the contract writes times. */
export function toTimestamp(ms: number): string {
  return new Date(ms).toISOString()
}
