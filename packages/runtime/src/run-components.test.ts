import { describe, expect, it } from '@jest/globals'
import type { Component, ComponentContext } from './component.js'
import { type Logger, silentLogger } from './logger.js'
import { runComponents } from './run-components.js'

function setUp() {
  const told: string[] = []
  const errors: unknown[] = []
  const log: Logger = Object.assign(silentLogger(), { error: (facts: unknown) => errors.push(facts) })
  const stopping = new AbortController()
  const part = (name: string, more: Partial<Component> = {}): Component => ({
    name,
    start: async () => void told.push(`${name} started`),
    stop: async () => void told.push(`${name} stopped`),
    ...more,
  })
  const run = (...components: Component[]) => runComponents(components, { log, signal: stopping.signal })
  return { told, errors, part, run, stopping }
}

describe('the components of a process', () => {
  it('start one after the other, in order', async () => {
    const { told, part, run } = setUp()
    const start = async () => {
      told.push('slow begins')
      await new Promise((resolve) => setImmediate(resolve))
      told.push('slow started')
    }
    await run(part('slow', { start }), part('next'))
    expect(told).toEqual(['slow begins', 'slow started', 'next started'])
  })

  it('stop in reverse, once, however often they are told to', async () => {
    const { told, part, run } = setUp()
    const running = await run(part('a'), part('b'), part('c'))
    told.length = 0
    await Promise.all([running.stop(), running.stop()])
    await running.stop()
    expect(told).toEqual(['c stopped', 'b stopped', 'a stopped'])
  })

  it('are rolled back where one does not start: it and those before it stop, those after never start', async () => {
    const { told, part, run } = setUp()
    const failure = new Error('no port')
    const start = async () => {
      throw failure
    }
    await expect(run(part('a'), part('b'), part('bad', { start }), part('never'))).rejects.toBe(failure)
    expect(told).toEqual(['a started', 'b started', 'bad stopped', 'b stopped', 'a stopped'])
  })

  it('are rolled back whole also where a stop fails on the way, and the first error is the one told', async () => {
    const { told, errors, part, run } = setUp()
    const failing = async () => {
      throw new Error('half started')
    }
    const bad = part('bad', { start: failing, stop: failing })
    await expect(run(part('a'), bad)).rejects.toThrow('half started')
    expect(told).toEqual(['a started', 'a stopped'])
    expect(errors).toEqual([{ component: 'bad', err: expect.any(Error) }])
  })

  it('all stop, though one of them fails to, which is logged', async () => {
    const { told, errors, part, run } = setUp()
    const err = new Error('stuck')
    const running = await run(part('a'), part('stuck', { stop: () => Promise.reject(err) }), part('c'))
    told.length = 0
    await running.stop()
    expect(told).toEqual(['c stopped', 'a stopped'])
    expect(errors).toEqual([{ component: 'stuck', err }])
  })

  it('start no further when the process is told to stop on the way', async () => {
    const { told, part, run, stopping } = setUp()
    const start = async () => stopping.abort()
    await expect(run(part('a', { start }), part('b'))).rejects.toThrow()
    expect(told).toEqual(['b stopped', 'a stopped'])
  })

  it('report how they are, healthy without a word', async () => {
    const { part, run } = setUp()
    const health = () => ({ status: 'degraded', detail: 'waits' }) as const
    const running = await run(part('a'), part('b', { health }))
    expect(running.reports()).toEqual({
      a: { status: 'healthy' },
      b: { status: 'degraded', detail: 'waits' },
    })
  })

  it('tell the process when one of them can’t go on', async () => {
    const { part, run } = setUp()
    let context: ComponentContext | undefined
    const start = async (given: ComponentContext) => {
      context = given
    }
    const running = await run(part('a', { start }))
    const failure = new Error('fenced')
    context?.fail(failure)
    await expect(running.failed).rejects.toBe(failure)
  })
})
