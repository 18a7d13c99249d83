import { until } from '@iot/testkit'
import { describe, expect, it } from '@jest/globals'
import { createAcknowledgements } from './acknowledgements.js'
import { createInFlightBudget } from './in-flight-budget.js'

function setUp() {
  const budget = createInFlightBudget({ maxBytes: 1_000 })
  const said: string[] = []
  const acknowledgements = createAcknowledgements({
    budget,
    onAnswered: () => {},
    onAnswer: (ids, error) => said.push(`${ids.join(' ')}${error ? ' failed' : ''}`),
  })
  const add = (work: Promise<void>, name: string) =>
    acknowledgements.add(work, 10, (error) => said.push(`${name}${error ? ' failed' : ''}`))
  return { budget, said, acknowledgements, add }
}

function deferred() {
  let resolve: () => void = () => {}
  let reject: (error: unknown) => void = () => {}
  const promise = new Promise<void>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

describe('acknowledgements of plain messages', () => {
  it('come together where the work is one, in the order of arrival among all others', async () => {
    const { budget, said, acknowledgements, add } = setUp()
    const [one, two] = [deferred(), deferred()]
    acknowledgements.addPlain(one.promise, 10, 1)
    acknowledgements.addPlain(one.promise, 20, 2)
    add(two.promise, 'other')
    acknowledgements.addPlain(one.promise, 30, 3)
    expect([acknowledgements.open, budget.messages, budget.bytes]).toEqual([4, 4, 70])

    one.resolve()
    await until('the first two are answered', () => said.length > 0)
    expect(said).toEqual(['1 2'])
    expect([acknowledgements.open, budget.messages, budget.bytes]).toEqual([2, 2, 40])
    two.resolve()
    await until('all are answered', () => acknowledgements.open === 0)
    expect(said).toEqual(['1 2', 'other', '3'])
    expect([budget.messages, budget.bytes]).toEqual([0, 0])
  })

  it('fail together', async () => {
    const { said, acknowledgements } = setUp()
    const work = deferred()
    acknowledgements.addPlain(work.promise, 10, 1)
    acknowledgements.addPlain(work.promise, 10, 2)
    work.reject('no')
    await until('both are answered', () => acknowledgements.open === 0)
    expect(said).toEqual(['1 2 failed'])
  })
})
