const decoder = new TextDecoder('utf-8', { fatal: true })

/** The text of a payload; undefined where its bytes are not UTF-8. A byte order mark is left out. */
export function decodePayload(payload: Uint8Array): string | undefined {
  try {
    return decoder.decode(payload)
  } catch {
    return undefined
  }
}
