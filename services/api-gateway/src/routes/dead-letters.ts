import { type DeadLetter, DeadLetterPage, DeadLettersQuery, PAGE_LIMIT } from '@iot/contracts'
import type { DeadLetterStore } from '@iot/ports'
import { Type } from 'typebox'
import { createCursor } from '../cursor.js'
import { type Route, route } from '../route.js'

/** Letters hold up to half a MiB each, so a page ends after so many characters, and letters are fetched by few. */
const PAGE_CHARACTERS = 2_097_152
const LETTERS_AT_ONCE = 10

const cursor = createCursor(Type.Tuple([Type.String({ minLength: 1, maxLength: 128 })]))

export function deadLetterRoutes({ deadLetters }: { deadLetters: DeadLetterStore }): Route[] {
  return [
    route(
      {
        method: 'GET',
        path: '/api/system/dead-letters',
        summary: 'Messages that could not be read, newest first',
        tag: 'system',
        access: 'operator',
        everySite: true,
        query: DeadLettersQuery,
        status: 200,
        answer: DeadLetterPage,
        errors: ['BAD_CURSOR'],
      },
      async ({ query }) => {
        const limit = query.limit ?? PAGE_LIMIT.default
        const before = cursor.read(query.cursor)?.[0]
        const { items, more } = await fillPage(deadLetters, { limit, before, state: query.state })
        const last = items.at(-1)
        return { body: { items, ...(more && last && { nextCursor: cursor.write([last.id]) }) } }
      },
    ),
  ]
}

async function fillPage(
  deadLetters: DeadLetterStore,
  query: { limit: number; before: string | undefined; state: DeadLetter['state'] | undefined },
): Promise<{ items: DeadLetter[]; more: boolean }> {
  const items: DeadLetter[] = []
  let characters = 0
  let before = query.before
  for (;;) {
    const letters = await deadLetters.list({
      limit: LETTERS_AT_ONCE,
      ...(before !== undefined && { before }),
      ...(query.state !== undefined && { state: query.state }),
    })
    for (const letter of letters) {
      characters += (letter.payload ?? letter.payloadBase64 ?? '').length
      const full = items.length === query.limit || (items.length > 0 && characters > PAGE_CHARACTERS)
      if (full) return { items, more: true }
      items.push(letter)
    }
    if (letters.length < LETTERS_AT_ONCE) return { items, more: false }
    before = letters.at(-1)!.id
  }
}
