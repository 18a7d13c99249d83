const QUOTE = 34
const BACKSLASH = 92
const COMMA = 44
const OPEN = new Set([91, 123])
const CLOSE = new Set([93, 125])

/**
 * The text of each element of a JSON array, as it was sent: parsing and writing again would lose digits and
 * numbers that are too large. `text` must be an array that JSON.parse has taken.
 */
export function sliceElements(text: string): string[] {
  const slices: string[] = []
  let depth = 0
  let from = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfString(text, at)
    else if (OPEN.has(code)) {
      depth += 1
      if (depth === 1) from = at + 1
    } else if (CLOSE.has(code)) {
      depth -= 1
      if (depth === 0) slices.push(text.slice(from, at).trim())
    } else if (code === COMMA && depth === 1) {
      slices.push(text.slice(from, at).trim())
      from = at + 1
    }
  }
  return slices
}

function endOfString(text: string, from: number): number {
  let at = from + 1
  while (at < text.length && text.charCodeAt(at) !== QUOTE) {
    at += text.charCodeAt(at) === BACKSLASH ? 2 : 1
  }
  return at
}
