import type { Alert, AlertDetail, AlertPage, BulkAlertAnswer, BulkAlertRequest } from '@iot/contracts'
import { api } from '../../api/http-client.js'
import { alertLearned } from './alerts-slice.js'
import { loadAlerts } from './load-alerts.js'

export type AlertAct = 'acknowledge' | 'shelve' | 'unshelve' | 'resolve' | 'comment'

export interface ActRequest {
  readonly alertId: string
  readonly action: AlertAct
  /** of `shelve`: a duration such as `1h` */
  readonly for?: string
  readonly comment?: string
}

const PAGE_SIZE = 100
/** What a person scrolls through; the search and the filters find the rest. */
const MAX_PAGES = 20

const pathOf = (alertId: string) => `/alerts/${encodeURIComponent(alertId)}`

const alertsApi = api.injectEndpoints({
  endpoints: (build) => ({
    alert: build.query<AlertDetail, string>({
      query: pathOf,
      providesTags: (_alert, _error, id) => [{ type: 'Alert', id }],
    }),
    /** Newest opening first. */
    alertList: build.infiniteQuery<AlertPage, Readonly<Record<string, string>>, string | undefined>({
      infiniteQueryOptions: {
        initialPageParam: undefined,
        getNextPageParam: ({ nextCursor }, pages) => (pages.length < MAX_PAGES ? nextCursor : undefined),
      },
      query: ({ queryArg, pageParam }) => ({
        path: '/alerts',
        query: { ...queryArg, limit: PAGE_SIZE, ...(pageParam !== undefined && { cursor: pageParam }) },
      }),
      providesTags: ['AlertList'],
      keepUnusedDataFor: 30,
    }),
    actOnAlert: build.mutation<Alert, ActRequest>({
      query: ({ alertId, action, ...body }) => ({
        path: `${pathOf(alertId)}/${action}`,
        method: 'POST',
        body,
      }),
      // Refused as well: somebody was first, and what they did is to be seen.
      invalidatesTags: (_alert, _error, { alertId }) => [{ type: 'Alert', id: alertId }],
      async onQueryStarted(_request, { dispatch, queryFulfilled }) {
        const answer = await queryFulfilled.catch(() => undefined)
        if (answer !== undefined) dispatch(alertLearned(answer.data))
      },
    }),
    actOnAlerts: build.mutation<BulkAlertAnswer, BulkAlertRequest>({
      query: (body) => ({ path: '/alerts/bulk', method: 'POST', body }),
      invalidatesTags: ['Alert'],
      async onQueryStarted(_request, { dispatch, queryFulfilled }) {
        // The transitions come live; where the sockets fail the list says how they went.
        await queryFulfilled.catch(() => undefined)
        await dispatch(loadAlerts() as never)
      },
    }),
  }),
})

export const { useAlertQuery, useAlertListInfiniteQuery, useActOnAlertMutation, useActOnAlertsMutation } =
  alertsApi
