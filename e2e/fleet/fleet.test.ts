import { afterAll, beforeAll, describe } from '@jest/globals'
import { alertCases } from './alert-cases.js'
import { connectivityCases } from './connectivity-cases.js'
import { countCases } from './count-cases.js'
import { drainingCases } from './draining-cases.js'
import { faultCases } from './fault-cases.js'
import { firstVisitCases } from './first-visit-cases.js'
import { buildImages, type Stack, startStack } from './harness/stack.js'
import { monitoringCases } from './monitoring-cases.js'
import { outageCases } from './outage-cases.js'
import { peopleCases } from './people-cases.js'
import { replicaCases } from './replica-cases.js'

const START_LIMIT_MS = 1_500_000

/** One stack for all of it: a start of the whole fleet is a minute. The first visit makes the administrator. */
describe('the fleet', () => {
  let stack: Stack
  const under = () => stack

  beforeAll(async () => {
    await buildImages()
    stack = await startStack({}, ['prometheus'])
  }, START_LIMIT_MS)
  afterAll(() => stack?.dispose(), 180_000)

  describe('at the first visit', () => firstVisitCases(under))
  describe('is watched', () => monitoringCases(under))
  describe('has people', () => peopleCases(under))
  describe('under load', () => countCases(under))
  describe('while a part of it is away', () => outageCases(under))
  describe('has alerts', () => alertCases(under))
  describe('tells of who is not heard', () => connectivityCases(under))
  describe('while its replicas are replaced', () => drainingCases(under))
  describe('while one replica after the other dies', () => replicaCases(under))
  describe('while its containers die', () => faultCases(under))
})
