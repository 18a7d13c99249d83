const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

const pattern = /^([1-9][0-9]{0,6})(s|m|h|d)$/

/** `90s`, `5m`, `2h`, `1d` in ms; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const found = pattern.exec(text)
  if (!found) return undefined
  return Number(found[1]) * UNIT_MS[found[2] as keyof typeof UNIT_MS]
}
