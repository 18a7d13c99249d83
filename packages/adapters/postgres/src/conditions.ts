/** The terms of a WHERE clause, gathered with their values. */
export interface Conditions {
  readonly values: unknown[]
  /** Adds a term, unless the value is undefined; `text` makes it of the value’s placeholder. */
  add(value: unknown, text: (placeholder: string) => string): void
  /** `WHERE …`, or nothing. */
  where(): string
}

/** `values`: those of placeholders that stand elsewhere in the statement. */
export function startConditions(values: unknown[] = []): Conditions {
  const terms: string[] = []
  return {
    values,
    add(value, text) {
      if (value === undefined) return
      values.push(value)
      terms.push(text(`$${values.length}`))
    },
    where: () => (terms.length > 0 ? `WHERE ${terms.join(' AND ')}` : ''),
  }
}

/** No text of PostgreSQL has a zero byte, so what is asked for with one is not there. */
export function hasZeroByte(...texts: readonly (string | undefined)[]): boolean {
  return texts.some((text) => text?.includes('\u0000'))
}

/** Texts to search in, as one: small letters, and between two of them what nobody types. */
export function searchable(texts: readonly (string | undefined)[]): string {
  return texts
    .filter((text) => text !== undefined)
    .join('\u0001')
    .toLowerCase()
    .replaceAll('\u0000', '\ufffd')
}
