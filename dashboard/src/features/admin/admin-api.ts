import type { DeadLetter, SystemStatus } from '@iot/contracts'
import { api } from '../../api/http-client.js'

export interface DeadLetterPage {
  items: DeadLetter[]
  nextCursor?: string
}

const adminApi = api.injectEndpoints({
  endpoints: (build) => ({
    /** Newest first, a page at a time. */
    deadLetters: build.infiniteQuery<DeadLetterPage, void, string | undefined>({
      infiniteQueryOptions: { initialPageParam: undefined, getNextPageParam: (page) => page.nextCursor },
      query: ({ pageParam }) => ({
        path: '/system/dead-letters',
        query: { limit: 50, ...(pageParam !== undefined && { cursor: pageParam }) },
      }),
      providesTags: ['DeadLetter'],
    }),
    systemStatus: build.query<SystemStatus, void>({
      query: () => '/system/status',
      providesTags: ['System'],
    }),
    mqttStatus: build.query<{ connected: boolean }, void>({
      query: () => '/sensors/mqtt-status',
      providesTags: ['System'],
    }),
  }),
})

export const { useDeadLettersInfiniteQuery, useSystemStatusQuery, useMqttStatusQuery } = adminApi
