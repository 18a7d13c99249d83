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

const deviceApi = api.injectEndpoints({
  endpoints: (build) => ({
    device: build.query<Device, string>({
      query: pathOf,
      providesTags: (_device, _error, id) => [{ type: 'Device', id }],
      // The store forgets a device that is out of sight; here it is again, before its first reading.
      async onQueryStarted(_id, { dispatch, queryFulfilled }) {
        const device = await queryFulfilled.catch(() => undefined)
        if (device !== undefined) dispatch(deviceUpserted(device.data))
      },
    }),
    createDevice: build.mutation<Device, NewDevice>({
      query: (body) => ({ path: '/devices', method: 'POST', body }),
      invalidatesTags: ['Device'],
    }),
    changeDevice: build.mutation<Device, { deviceId: string; change: DeviceChange }>({
      query: ({ deviceId, change }) => ({ path: pathOf(deviceId), method: 'PATCH', body: change }),
      invalidatesTags: (_device, _error, { deviceId }) => [{ type: 'Device', id: deviceId }],
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
