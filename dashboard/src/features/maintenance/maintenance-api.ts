import type { MaintenanceWindow, MaintenanceWindowPage, MaintenanceWindowRequest } from '@iot/contracts'
import { api } from '../../api/http-client.js'

/** Windows that are asked for at once: who has more of them looks by site. */
const PAGE_SIZE = 500

const maintenanceApi = api.injectEndpoints({
  endpoints: (build) => ({
    /** Those that are not over. */
    windows: build.query<MaintenanceWindowPage, void>({
      query: () => ({ path: '/maintenance-windows', query: { limit: PAGE_SIZE } }),
      providesTags: ['MaintenanceWindow'],
    }),
    createWindow: build.mutation<MaintenanceWindow, MaintenanceWindowRequest>({
      query: (body) => ({ path: '/maintenance-windows', method: 'POST', body }),
      invalidatesTags: ['MaintenanceWindow'],
    }),
    removeWindow: build.mutation<null, string>({
      query: (id) => ({ path: `/maintenance-windows/${encodeURIComponent(id)}`, method: 'DELETE' }),
      invalidatesTags: ['MaintenanceWindow'],
    }),
  }),
})

export const { useWindowsQuery, useCreateWindowMutation, useRemoveWindowMutation } = maintenanceApi
