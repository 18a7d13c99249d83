import type { NotificationPage, NotificationsReadRequest } from '@iot/contracts'
import { api } from '../../api/http-client.js'

export type NotificationFilter = 'all' | 'unread'

const PAGE_SIZE = 30
/** What a person scrolls through in a panel; each of them is asked for again when the list changes. */
const MAX_PAGES = 20

export const notificationsApi = api.injectEndpoints({
  endpoints: (build) => ({
    /** Newest first, a page at a time. */
    notifications: build.infiniteQuery<NotificationPage, NotificationFilter, string | undefined>({
      infiniteQueryOptions: {
        initialPageParam: undefined,
        getNextPageParam: ({ nextCursor }, pages) => (pages.length < MAX_PAGES ? nextCursor : undefined),
      },
      query: ({ queryArg, pageParam }) => ({
        path: '/notifications',
        query: {
          limit: PAGE_SIZE,
          ...(queryArg === 'unread' && { unread: true }),
          ...(pageParam !== undefined && { cursor: pageParam }),
        },
      }),
      providesTags: ['Notification'],
    }),
    markRead: build.mutation<{ unread: number }, NotificationsReadRequest>({
      query: (body) => ({ path: '/notifications/read', method: 'POST', body }),
      invalidatesTags: ['Notification'],
    }),
  }),
})

export const { useNotificationsInfiniteQuery, useMarkReadMutation } = notificationsApi
