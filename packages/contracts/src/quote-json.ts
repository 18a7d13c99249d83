/** Text that is its own JSON between quotes: looking is half the price of having it quoted. */
const PLAIN = /^[\w .:°%+/()-]*$/

/** A text as `JSON.stringify` writes it. */
export function quoteJson(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text)
}
