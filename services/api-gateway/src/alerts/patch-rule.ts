import type { AlertRule, AlertRulePatch, AlertRuleRequest } from '@iot/contracts'

/** What was said of a rule, without what is known of it beside that. */
export function ruleRequestOf({
  id: _id,
  revision: _revision,
  source: _source,
  createdAt: _createdAt,
  updatedAt: _updatedAt,
  updatedBy: _updatedBy,
  ...request
}: AlertRule): AlertRuleRequest {
  return request
}

/** The rule with a patch laid over it; what the patch has as null is gone. */
export function patchRule(rule: AlertRule, patch: Omit<AlertRulePatch, 'revision'>): AlertRuleRequest {
  const laid = Object.entries({ ...ruleRequestOf(rule), ...patch })
  return Object.fromEntries(laid.filter(([, value]) => value !== null)) as unknown as AlertRuleRequest
}
