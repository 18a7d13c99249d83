import pg from 'pg'

const { INT8, TIMESTAMPTZ } = pg.types.builtins

/** How columns become values, decided once: int8 → number, timestamptz → ms since 1970. */
export const columnTypes: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (format !== 'binary') {
      if (oid === INT8) return parseInt8
      if (oid === TIMESTAMPTZ) return parseTimestamp
    }
    return pg.types.getTypeParser(oid, format as 'text')
  },
}

function parseInt8(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`int8 ${text} does not fit a number`)
  return value
}

/** `2026-11-22 07:18:30.123456+00` (the session's time zone is UTC), cut to ms. */
export function parseTimestamp(text: string): number {
  if (text === 'infinity') return Number.POSITIVE_INFINITY
  if (text === '-infinity') return Number.NEGATIVE_INFINITY
  return Date.parse(`${text.slice(0, 10)}T${text.slice(11, -3)}Z`)
}
