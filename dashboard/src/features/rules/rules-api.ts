import type {
  AlertRule,
  AlertRulePage,
  AlertRulePatch,
  AlertRuleRequest,
  RuleFilesAnswer,
} from '@iot/contracts'
import { api } from '../../api/http-client.js'

const PAGE_SIZE = 100
const MAX_PAGES = 50
/** Rules of one device that its page asks for: more would be more lines than a chart can show. */
const DEVICE_RULES = 200

const rulePath = (id: string) => `/alert-rules/${encodeURIComponent(id)}`

const rulesApi = api.injectEndpoints({
  endpoints: (build) => ({
    rules: build.infiniteQuery<AlertRulePage, { search?: string }, string | undefined>({
      infiniteQueryOptions: {
        initialPageParam: undefined,
        getNextPageParam: ({ nextCursor }, pages) => (pages.length < MAX_PAGES ? nextCursor : undefined),
      },
      query: ({ queryArg: { search }, pageParam }) => ({
        path: '/alert-rules',
        query: { limit: PAGE_SIZE, search, cursor: pageParam },
      }),
      providesTags: ['AlertRule'],
    }),
    rule: build.query<AlertRule, string>({
      query: rulePath,
      providesTags: ['AlertRule'],
    }),
    /** Those that judge the device: about it, its site, or every device. */
    rulesOfDevice: build.query<AlertRulePage, string>({
      query: (deviceId) => ({ path: '/alert-rules', query: { limit: DEVICE_RULES, deviceId } }),
      providesTags: ['AlertRule'],
    }),
    /** The files of config/rules that a gateway has read, and what is wrong with them. */
    ruleFiles: build.query<RuleFilesAnswer, void>({
      query: () => '/system/rule-files',
      providesTags: ['AlertRule'],
    }),
    createRule: build.mutation<AlertRule, AlertRuleRequest>({
      query: (body) => ({ path: '/alert-rules', method: 'POST', body }),
      invalidatesTags: ['AlertRule'],
    }),
    changeRule: build.mutation<AlertRule, { id: string; change: AlertRulePatch }>({
      query: ({ id, change }) => ({ path: rulePath(id), method: 'PATCH', body: change }),
      invalidatesTags: ['AlertRule'],
    }),
    removeRule: build.mutation<null, string>({
      query: (id) => ({ path: rulePath(id), method: 'DELETE' }),
      invalidatesTags: ['AlertRule'],
    }),
  }),
})

export const {
  useRulesInfiniteQuery,
  useRuleQuery,
  useRulesOfDeviceQuery,
  useRuleFilesQuery,
  useCreateRuleMutation,
  useChangeRuleMutation,
  useRemoveRuleMutation,
} = rulesApi
