import { api } from '../../api/http-client.js'

const sessionApi = api.injectEndpoints({
  endpoints: (build) => ({
    /** Whether the first administrator is still to be made. */
    setupState: build.query<{ needed: boolean }, void>({ query: () => '/setup' }),
  }),
})

export const { useSetupStateQuery } = sessionApi
