import type {
  ConnectionActivity,
  ConnectionPage,
  Notification,
  NotificationRequest,
  User,
  UserCreation,
  UserPage,
  UserPatch,
} from '@iot/contracts'
import { api } from '../../api/http-client.js'

const PAGE_SIZE = 100
const MAX_PAGES = 20

const userPath = (id: string) => `/users/${encodeURIComponent(id)}`

const peopleApi = api.injectEndpoints({
  endpoints: (build) => ({
    users: build.infiniteQuery<UserPage, void, string | undefined>({
      infiniteQueryOptions: {
        initialPageParam: undefined,
        getNextPageParam: ({ nextCursor }, pages) => (pages.length < MAX_PAGES ? nextCursor : undefined),
      },
      query: ({ pageParam }) => ({ path: '/users', query: { limit: PAGE_SIZE, cursor: pageParam } }),
      providesTags: ['User'],
    }),
    createUser: build.mutation<User, UserCreation>({
      query: (body) => ({ path: '/users', method: 'POST', body }),
      invalidatesTags: ['User'],
    }),
    changeUser: build.mutation<User, { id: string; change: UserPatch }>({
      query: ({ id, change }) => ({ path: userPath(id), method: 'PATCH', body: change }),
      invalidatesTags: ['User', 'Connection'],
    }),
    removeUser: build.mutation<null, string>({
      query: (id) => ({ path: userPath(id), method: 'DELETE' }),
      invalidatesTags: ['User', 'Connection'],
    }),
    /** Newest first; of one user, or of all. */
    connections: build.infiniteQuery<ConnectionPage, { user?: string }, string | undefined>({
      infiniteQueryOptions: {
        initialPageParam: undefined,
        getNextPageParam: ({ nextCursor }, pages) => (pages.length < MAX_PAGES ? nextCursor : undefined),
      },
      query: ({ queryArg: { user }, pageParam }) => ({
        path: '/system/connections',
        query: { limit: PAGE_SIZE, user, cursor: pageParam },
      }),
      providesTags: ['Connection'],
    }),
    closeConnection: build.mutation<unknown, string>({
      query: (sessionId) => ({
        path: `/system/connections/${encodeURIComponent(sessionId)}`,
        method: 'DELETE',
      }),
      invalidatesTags: ['Connection', 'Activity'],
    }),
    closeUser: build.mutation<unknown, string>({
      query: (user) => ({ path: '/system/connections', method: 'DELETE', query: { user } }),
      invalidatesTags: ['Connection', 'Activity'],
    }),
    activity: build.query<{ items: ConnectionActivity[] }, void>({
      query: () => '/system/activity',
      providesTags: ['Activity'],
    }),
    sendNotice: build.mutation<Notification, NotificationRequest>({
      query: (body) => ({ path: '/notifications', method: 'POST', body }),
    }),
  }),
})

export const {
  useUsersInfiniteQuery,
  useCreateUserMutation,
  useChangeUserMutation,
  useRemoveUserMutation,
  useConnectionsInfiniteQuery,
  useCloseConnectionMutation,
  useCloseUserMutation,
  useActivityQuery,
  useSendNoticeMutation,
} = peopleApi
