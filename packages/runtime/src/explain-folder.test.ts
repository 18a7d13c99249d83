import { describe, expect, it } from '@jest/globals'
import { StartError } from './app-error.js'
import { explainFolder } from './explain-folder.js'

describe('a data folder that can’t be used', () => {
  it.each([
    ['EACCES', /may not be used by this user .*give it to this user, or set DATA_DIR/],
    ['EROFS', /can’t be written .*mount it writable/],
    ['ENOSPC', /has no room left .*make room/],
    ['EIO', /can’t be used .*set DATA_DIR/],
  ])('is told to an operator in words that help (%s)', (code, words) => {
    const error = explainFolder(Object.assign(new Error('raw'), { code, syscall: 'open' }), '/srv/data')
    expect(error).toBeInstanceOf(StartError)
    expect((error as Error).message).toMatch(words)
    expect((error as Error).message).toContain('/srv/data')
  })

  it('leaves an error that has nothing to do with the folder as it is', () => {
    const noProgram = Object.assign(new Error('raw'), { code: 'ENOENT', syscall: 'spawn initdb' })
    for (const error of [new TypeError('a mistake'), new StartError('says enough'), noProgram]) {
      expect(explainFolder(error, '/srv/data')).toBe(error)
    }
  })
})
