import type { ReadingBucket } from '@iot/contracts'
import { networkError } from '../../api/api-error.js'
import { api } from '../../api/http-client.js'
import type { AppDeps } from '../../store.js'
import { createTurnstile } from './turnstile.js'

export interface Trail {
  times: readonly number[]
  values: readonly number[]
}

const TRAIL_HOURS = 6
const TRAIL_POINTS = 48
/** A screenful at a time; what scrolled past while waiting is asked for again if it comes back. */
const turnstile = createTurnstile({ atOnce: 4, waiting: 64 })

const trailApi = api.injectEndpoints({
  endpoints: (build) => ({
    /** The last hours of one sensor in a few points, for a sparkline. */
    trail: build.query<Trail, { deviceId: string; sensorType: string }>({
      async queryFn({ deviceId, sensorType }, { extra, signal }) {
        const { transport } = extra as AppDeps
        try {
          const result = await turnstile.pass(() =>
            transport.request<{ items: ReadingBucket[] }>({
              path: `/devices/${encodeURIComponent(deviceId)}/readings`,
              query: {
                sensorType,
                from: new Date(Date.now() - TRAIL_HOURS * 3_600_000).toISOString(),
                maxPoints: TRAIL_POINTS,
              },
              signal,
            }),
          )
          if (result.error !== undefined) return { error: result.error }
          const { items } = result.data
          return {
            data: {
              times: items.map((item) => Date.parse(item.timestamp)),
              values: items.map((item) => item.avg),
            },
          }
        } catch (error) {
          return { error: networkError(error) }
        }
      },
      keepUnusedDataFor: 300,
    }),
  }),
})

export const { useTrailQuery } = trailApi
