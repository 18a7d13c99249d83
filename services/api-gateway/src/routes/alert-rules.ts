import { isDeepStrictEqual } from 'node:util'
import {
  AlertRule,
  AlertRulePage,
  AlertRulePatch,
  AlertRuleRequest,
  AlertRulesQuery,
  PAGE_LIMIT,
} from '@iot/contracts'
import { ruleFaults } from '@iot/domain'
import { type AlertRuleStore, type DeviceStore, MAX_ALERT_RULES } from '@iot/ports'
import { AppError } from '@iot/runtime'
import { type Static, Type } from 'typebox'
import { patchRule, ruleRequestOf } from '../alerts/patch-rule.js'
import { isScopeVisible, requireScope } from '../alerts/scope.js'
import type { Auditor } from '../audit.js'
import { createCursor } from '../cursor.js'
import { refuseFaults } from '../invalid-fields.js'
import { type Route, route } from '../route.js'
import type { Viewer } from './devices.js'

export interface AlertRuleDeps {
  readonly rules: AlertRuleStore
  readonly devices: Pick<DeviceStore, 'get'>
  readonly auditor: Auditor
}

const RuleId = AlertRule.properties.id
const RuleParams = Type.Object({ id: RuleId })
const cursor = createCursor(Type.Tuple([RuleId]))
/** How often a change that names no revision is made anew, because another one came between. */
const TRIES = 3

export function alertRuleRoutes(deps: AlertRuleDeps): Route[] {
  return [listRules(deps), createRule(deps), getRule(deps), changeRule(deps), removeRule(deps)]
}

async function requireRule(
  { rules, devices }: AlertRuleDeps,
  id: string,
  viewer: Viewer,
): Promise<AlertRule> {
  const rule = await rules.get(id)
  if (!rule || !(await isScopeVisible(devices, rule, viewer))) throw noRule(id)
  return rule
}

/** A rule that the caller may change: it is there for them, about their sites, and not kept in a file. */
async function requireOwnRule(deps: AlertRuleDeps, id: string, viewer: Viewer): Promise<AlertRule> {
  const rule = await requireRule(deps, id, viewer)
  await requireScope(deps.devices, rule, viewer)
  if (rule.source === 'file') {
    throw new AppError('READ_ONLY', `This rule stands in a file of config/rules (${id}): change it there.`)
  }
  return rule
}

function noRule(id: string): AppError {
  return new AppError('NOT_FOUND', `There is no alert rule ${id}.`)
}

function listRules({ rules }: AlertRuleDeps): Route {
  return route(
    {
      method: 'GET',
      path: '/api/alert-rules',
      summary:
        'Alert rules in order of their id. With `deviceId` those that judge this device, with `site` those about the ' +
        'site, its devices, or every device',
      tag: 'alerts',
      access: 'user',
      query: AlertRulesQuery,
      status: 200,
      answer: AlertRulePage,
      errors: ['BAD_CURSOR'],
    },
    async ({ query, caller: { sites } }) => ({ body: await pageOfRules(rules, query, sites) }),
  )
}

async function pageOfRules(
  rules: Pick<AlertRuleStore, 'list'>,
  { limit = PAGE_LIMIT.default, cursor: text, ...filter }: Static<typeof AlertRulesQuery>,
  sites: readonly string[] | undefined,
): Promise<AlertRulePage> {
  const after = cursor.read(text)?.[0]
  const found = await rules.list({
    ...filter,
    limit: limit + 1,
    ...(after !== undefined && { after }),
    ...(sites && { sites }),
  })
  const items = found.slice(0, limit)
  const last = found.length > limit ? items.at(-1) : undefined
  return { items, ...(last && { nextCursor: cursor.write([last.id]) }) }
}

function createRule({ rules, devices, auditor }: AlertRuleDeps): Route {
  return route(
    {
      method: 'POST',
      path: '/api/alert-rules',
      summary: 'Make an alert rule; without deviceId and site it is about every device. In force within 2 s',
      tag: 'alerts',
      access: 'operator',
      body: AlertRuleRequest,
      status: 201,
      answer: AlertRule,
      errors: ['LIMIT_REACHED'],
    },
    async ({ body, caller }) => {
      refuseFaults(ruleFaults(body))
      await requireScope(devices, body, caller)
      const rule = await rules.create(body, caller.username)
      if (!rule) throw new AppError('LIMIT_REACHED', `There are ${MAX_ALERT_RULES} rules: remove some first.`)
      await auditor.note({
        actor: caller.username,
        action: 'rule.created',
        target: { type: 'rule', id: rule.id },
        detail: { name: rule.name, rule: body },
      })
      return { body: rule }
    },
  )
}

function getRule(deps: AlertRuleDeps): Route {
  return route(
    {
      method: 'GET',
      path: '/api/alert-rules/{id}',
      summary: 'An alert rule',
      tag: 'alerts',
      access: 'user',
      params: RuleParams,
      status: 200,
      answer: AlertRule,
      errors: ['NOT_FOUND'],
    },
    async ({ params, caller }) => ({ body: await requireRule(deps, params.id, caller) }),
  )
}

function changeRule(deps: AlertRuleDeps): Route {
  return route(
    {
      method: 'PATCH',
      path: '/api/alert-rules/{id}',
      summary:
        'Change fields of an alert rule; null takes one away. With `revision` only where it is as it was. Alerts that ' +
        'the rule has open are closed, and opened anew where it still speaks',
      tag: 'alerts',
      access: 'operator',
      params: RuleParams,
      body: AlertRulePatch,
      status: 200,
      answer: AlertRule,
      errors: ['NOT_FOUND', 'STATE_CONFLICT', 'READ_ONLY'],
    },
    async ({ params: { id }, body: { revision, ...patch }, caller }) => {
      const { rule, isChanged } = await replace(deps, {
        id,
        patch,
        revision,
        by: caller.username,
        viewer: caller,
      })
      if (!isChanged) return { body: rule }
      await deps.auditor.note({
        actor: caller.username,
        action: 'rule.changed',
        target: { type: 'rule', id },
        detail: { name: rule.name, revision: rule.revision, changed: patch },
      })
      return { body: rule }
    },
  )
}

async function replace(
  deps: AlertRuleDeps,
  change: {
    id: string
    patch: Omit<AlertRulePatch, 'revision'>
    revision: number | undefined
    by: string
    viewer: Viewer
  },
): Promise<{ rule: AlertRule; isChanged: boolean }> {
  const { id, patch, revision, by, viewer } = change
  for (let tried = 0; tried < TRIES; tried++) {
    const before = await requireOwnRule(deps, id, viewer)
    if (revision !== undefined && before.revision !== revision) throw changedMeanwhile(before)
    const wanted = patchRule(before, patch)
    // Another revision closes what is open, so what says nothing new makes none.
    if (isDeepStrictEqual(wanted, ruleRequestOf(before))) return { rule: before, isChanged: false }
    refuseFaults(ruleFaults(wanted))
    await requireScope(deps.devices, wanted, viewer)
    // On the revision that was read: a patch must not undo what somebody else did between.
    const outcome = await deps.rules.replace(id, wanted, by, before.revision)
    if (outcome === 'missing') throw noRule(id)
    if (outcome !== 'changed') return { rule: outcome, isChanged: true }
  }
  throw new AppError('STATE_CONFLICT', 'This rule is being changed by others: try again.')
}

function changedMeanwhile({ updatedBy, updatedAt, revision }: AlertRule): AppError {
  return new AppError(
    'STATE_CONFLICT',
    `Changed by ${updatedBy ?? 'somebody'} at ${updatedAt}: it is at revision ${revision} now. Look at it again.`,
  )
}

function removeRule(deps: AlertRuleDeps): Route {
  return route(
    {
      method: 'DELETE',
      path: '/api/alert-rules/{id}',
      summary: 'Remove an alert rule; alerts that it has open are closed',
      tag: 'alerts',
      access: 'operator',
      params: RuleParams,
      status: 204,
      errors: ['NOT_FOUND', 'READ_ONLY'],
    },
    async ({ params: { id }, caller }) => {
      const { name } = await requireOwnRule(deps, id, caller)
      if (!(await deps.rules.remove(id))) throw noRule(id)
      await deps.auditor.note({
        actor: caller.username,
        action: 'rule.removed',
        target: { type: 'rule', id },
        detail: { name },
      })
      return { body: undefined }
    },
  )
}
