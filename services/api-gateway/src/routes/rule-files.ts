import { RuleFilesAnswer } from '@iot/contracts'
import type { RuleFiles } from '../alerts/rule-files.js'
import { type Route, route } from '../route.js'

export function ruleFileRoutes({ ruleFiles }: { ruleFiles: Pick<RuleFiles, 'report'> }): Route[] {
  return [
    route(
      {
        method: 'GET',
        path: '/api/system/rule-files',
        summary: 'The rule files that this gateway has read, and what is wrong with them',
        tag: 'alerts',
        access: 'operator',
        everySite: true,
        status: 200,
        answer: RuleFilesAnswer,
      },
      async () => ({ body: ruleFiles.report() }),
    ),
  ]
}
