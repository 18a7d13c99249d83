import type {
  ChannelPage,
  ChannelPatch,
  ChannelRequest,
  ChannelTestAnswer,
  DeliveryPage,
  DeliveryState,
  NotificationChannel,
} from '@iot/contracts'
import { api } from '../../api/http-client.js'

/** All of them at once: there are few. */
const CHANNELS = 200
const DELIVERIES_PAGE = 50
const MAX_PAGES = 20

const pathOf = (id: string) => `/notification-channels/${encodeURIComponent(id)}`

const channelsApi = api.injectEndpoints({
  endpoints: (build) => ({
    channels: build.query<ChannelPage, void>({
      query: () => ({ path: '/notification-channels', query: { limit: CHANNELS } }),
      providesTags: ['Channel'],
    }),
    createChannel: build.mutation<NotificationChannel, ChannelRequest>({
      query: (body) => ({ path: '/notification-channels', method: 'POST', body }),
      invalidatesTags: ['Channel'],
    }),
    changeChannel: build.mutation<NotificationChannel, { id: string; change: ChannelPatch }>({
      query: ({ id, change }) => ({ path: pathOf(id), method: 'PATCH', body: change }),
      invalidatesTags: ['Channel'],
    }),
    removeChannel: build.mutation<null, string>({
      query: (id) => ({ path: pathOf(id), method: 'DELETE' }),
      invalidatesTags: ['Channel'],
    }),
    testChannel: build.mutation<ChannelTestAnswer, string>({
      query: (id) => ({ path: `${pathOf(id)}/test`, method: 'POST' }),
      invalidatesTags: ['Channel', 'Delivery'],
    }),
    /** Newest first. */
    deliveries: build.infiniteQuery<DeliveryPage, { id: string; state?: DeliveryState }, string | undefined>({
      infiniteQueryOptions: {
        initialPageParam: undefined,
        getNextPageParam: ({ nextCursor }, pages) => (pages.length < MAX_PAGES ? nextCursor : undefined),
      },
      query: ({ queryArg: { id, state }, pageParam }) => ({
        path: `${pathOf(id)}/deliveries`,
        query: { limit: DELIVERIES_PAGE, state, cursor: pageParam },
      }),
      providesTags: ['Delivery'],
    }),
  }),
})

export const {
  useChannelsQuery,
  useCreateChannelMutation,
  useChangeChannelMutation,
  useRemoveChannelMutation,
  useTestChannelMutation,
  useDeliveriesInfiniteQuery,
} = channelsApi
