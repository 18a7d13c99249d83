import { AuditPage, AuditQuery, PAGE_LIMIT } from '@iot/contracts'
import type { AuditStore } from '@iot/ports'
import { Type } from 'typebox'
import { createCursor } from '../cursor.js'
import { readSpan } from '../read-range.js'
import { type Route, route } from '../route.js'

const cursor = createCursor(Type.Tuple([Type.String({ pattern: '^[0-9]{1,18}$' })]))

export function auditRoutes({ audit }: { audit: Pick<AuditStore, 'list'> }): Route[] {
  return [
    route(
      {
        method: 'GET',
        path: '/api/audit',
        summary: 'Who did what, newest first: people, and what the system did to alerts',
        tag: 'system',
        access: 'admin',
        everySite: true,
        query: AuditQuery,
        status: 200,
        answer: AuditPage,
        errors: ['BAD_CURSOR'],
      },
      async ({ query: { limit = PAGE_LIMIT.default, cursor: text, from, to, ...filter } }) => {
        const before = cursor.read(text)?.[0]
        const found = await audit.list({
          ...filter,
          ...readSpan({ ...(from !== undefined && { from }), ...(to !== undefined && { to }) }),
          limit: limit + 1,
          ...(before !== undefined && { before }),
        })
        const items = found.slice(0, limit)
        const last = found.length > limit ? items.at(-1) : undefined
        return { body: { items, ...(last && { nextCursor: cursor.write([last.id]) }) } }
      },
    ),
  ]
}
