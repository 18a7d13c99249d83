import { AppError } from '@iot/runtime'
import type { Static, TSchema } from 'typebox'
import { Compile } from 'typebox/compile'

/** Where a page ended, as text that a client gives back and never reads. */
export interface Cursor<Place> {
  write(place: Place): string
  /** Undefined for no cursor; throws BAD_CURSOR for a text that this cursor never wrote. */
  read(text: string | undefined): Place | undefined
}

export function createCursor<Schema extends TSchema>(schema: Schema): Cursor<Static<Schema>> {
  const check = Compile(schema)

  function decode(text: string): unknown {
    try {
      return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    } catch {
      return undefined
    }
  }

  function write(place: Static<Schema>): string {
    return Buffer.from(JSON.stringify(place)).toString('base64url')
  }

  return {
    write,
    read(text) {
      if (text === undefined) return undefined
      const place = decode(text)
      // Base64 has several spellings of the same bytes; only ours is one of ours.
      if (!check.Check(place) || write(place as Static<Schema>) !== text) {
        throw new AppError('BAD_CURSOR', 'Take the cursor from `nextCursor` of the page before.', {
          errors: [{ field: 'cursor', message: 'is not one of ours' }],
        })
      }
      return place as Static<Schema>
    },
  }
}
