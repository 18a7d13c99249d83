import { describe, expect, it } from '@jest/globals'
import { readArguments } from './read-arguments.js'

const read = (line: string) => readArguments(line.split(' ').filter(Boolean))

describe('the arguments of npm run simulate', () => {
  it('have defaults', () => {
    expect(read('')).toEqual({
      ...{ url: 'mqtt://127.0.0.1:1883', sharedTopic: 'sensor/data', devices: 10, rate: 1, seed: 1 },
      pastDays: 0,
    })
  })

  it('are read', () => {
    const line =
      '--devices 50 --rate 0.5 --url mqtt://10.0.0.5:1884 --seconds 30 --username g --password secret'
    expect(read(line)).toMatchObject({
      ...{ devices: 50, rate: 0.5, url: 'mqtt://10.0.0.5:1884', seconds: 30 },
      ...{ username: 'g', password: 'secret' },
    })
    expect(read('--help')).toBeUndefined()
  })

  it('name every fault at once', () => {
    let message = ''
    try {
      read('--devices many --rate 0 --url localhost --past-days 400 --password x')
    } catch (error) {
      message = (error as Error).message
    }
    for (const fault of [
      '--devices: a whole number from 1 to 5000, not “many”',
      '--rate: a number from 0.01 to 100, not “0”',
      '--url: like mqtt://127.0.0.1:1883, not “localhost”',
      '--past-days: a number from 0 to 365, not “400”',
      '--password: needs --username',
    ]) {
      expect(message).toContain(fault)
    }
    expect(() => read('--device 5')).toThrow('--device')
  })
})
