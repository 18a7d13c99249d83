import type { Credential, CredentialKind, Device, DeviceChange, Reading } from '@iot/contracts'
import { api } from '../../api/http-client.js'
import { deviceUpserted } from '../devices/devices-slice.js'

export interface NewDevice {
  readonly deviceId: string
  readonly name?: string
  readonly site?: string
  readonly location?: string
}

export interface ReadingsRange {
  readonly deviceId: string
  readonly sensorType?: string
  /** ISO 8601 */
  readonly from: string
  readonly to: string
}

interface ReadingsPage {
  readonly items: Reading[]
  readonly nextCursor?: string
}

/** Readings of a page of the table, and pages of it: what a browser holds and a person scrolls through. */
const TABLE_PAGE = 500
export const TABLE_MAX_PAGES = 40

const pathOf = (deviceId: string) => `/devices/${encodeURIComponent(deviceId)}`

interface DeviceAsked {
  readonly dispatch: (action: ReturnType<typeof deviceUpserted>) => unknown
  readonly queryFulfilled: PromiseLike<{ readonly data: Device }>
}

/**
 * What REST says of a device is in the store at once: one that is new, or changed; and one that had been out of sight,
 * which the store forgets, before its first reading.
 */
async function learnDevice(_asked: unknown, { dispatch, queryFulfilled }: DeviceAsked): Promise<void> {
  try {
    dispatch(deviceUpserted((await queryFulfilled).data))
  } catch {
    // Whoever asked has the answer, and says it.
  }
}

const deviceApi = api.injectEndpoints({
  endpoints: (build) => ({
    device: build.query<Device, string>({
      query: pathOf,
      providesTags: (_device, _error, id) => [{ type: 'Device', id }],
      onQueryStarted: learnDevice,
    }),
    createDevice: build.mutation<Device, NewDevice>({
      query: (body) => ({ path: '/devices', method: 'POST', body }),
      invalidatesTags: ['Device'],
      onQueryStarted: learnDevice,
    }),
    changeDevice: build.mutation<Device, { deviceId: string; change: DeviceChange }>({
      query: ({ deviceId, change }) => ({ path: pathOf(deviceId), method: 'PATCH', body: change }),
      invalidatesTags: (_device, _error, { deviceId }) => [{ type: 'Device', id: deviceId }],
      onQueryStarted: learnDevice,
    }),
    removeDevice: build.mutation<null, string>({
      query: (deviceId) => ({ path: pathOf(deviceId), method: 'DELETE' }),
    }),
    credentials: build.query<{ items: Credential[] }, string>({
      query: (deviceId) => `${pathOf(deviceId)}/credentials`,
      providesTags: (_list, _error, id) => [{ type: 'Credential', id }],
    }),
    createCredential: build.mutation<Credential, { deviceId: string; kind: CredentialKind }>({
      query: ({ deviceId, kind }) => ({
        path: `${pathOf(deviceId)}/credentials`,
        method: 'POST',
        body: { kind },
      }),
      invalidatesTags: (_credential, _error, { deviceId }) => [{ type: 'Credential', id: deviceId }],
    }),
    revokeCredential: build.mutation<null, { deviceId: string; id: string }>({
      query: ({ deviceId, id }) => ({
        path: `${pathOf(deviceId)}/credentials/${encodeURIComponent(id)}`,
        method: 'DELETE',
      }),
      invalidatesTags: (_done, _error, { deviceId }) => [{ type: 'Credential', id: deviceId }],
    }),
    readings: build.infiniteQuery<ReadingsPage, ReadingsRange, string | undefined>({
      infiniteQueryOptions: {
        initialPageParam: undefined,
        getNextPageParam: ({ nextCursor }, pages) =>
          pages.length < TABLE_MAX_PAGES ? nextCursor : undefined,
      },
      query: ({ queryArg: { deviceId, sensorType, from, to }, pageParam }) => ({
        path: `${pathOf(deviceId)}/readings`,
        query: { sensorType, from, to, limit: TABLE_PAGE, cursor: pageParam },
      }),
      // Readings are many and a range is rarely looked at twice.
      keepUnusedDataFor: 5,
    }),
  }),
})

export const {
  useDeviceQuery,
  useCreateDeviceMutation,
  useChangeDeviceMutation,
  useRemoveDeviceMutation,
  useCredentialsQuery,
  useCreateCredentialMutation,
  useRevokeCredentialMutation,
  useReadingsInfiniteQuery,
} = deviceApi
