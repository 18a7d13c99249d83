import type { AuditPage } from '@iot/contracts'
import { api } from '../../api/http-client.js'
import type { AuditQuestion } from './audit-view.js'

const PAGE_SIZE = 200
/** What a browser holds and a person scrolls through; a shorter range finds the rest. */
export const AUDIT_MAX_PAGES = 50

const auditApi = api.injectEndpoints({
  endpoints: (build) => ({
    /** Newest first. */
    audit: build.infiniteQuery<AuditPage, AuditQuestion, string | undefined>({
      infiniteQueryOptions: {
        initialPageParam: undefined,
        getNextPageParam: ({ nextCursor }, pages) =>
          pages.length < AUDIT_MAX_PAGES ? nextCursor : undefined,
      },
      query: ({ queryArg, pageParam }) => ({
        path: '/audit',
        query: { ...queryArg, limit: PAGE_SIZE, cursor: pageParam },
      }),
      providesTags: ['Audit'],
      keepUnusedDataFor: 5,
    }),
  }),
})

export const { useAuditInfiniteQuery } = auditApi
