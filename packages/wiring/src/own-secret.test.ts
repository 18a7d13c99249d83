import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StartError } from '@iot/runtime'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { findTokenSecret } from './own-secret.js'

describe('the secret of the tokens', () => {
  let dataDir: string
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'iot-secret-'))
  })
  afterEach(() => rm(dataDir, { recursive: true }))

  const find = (configured?: string, production = true) =>
    findTokenSecret({ configured, dataDir, production })

  it('is made once where none is configured, and kept for its owner alone', async () => {
    const secret = await find()
    expect(Buffer.byteLength(secret)).toBeGreaterThanOrEqual(32)
    expect(await find()).toBe(secret)
    const path = join(dataDir, 'secrets', 'jwt-secret')
    expect(await readFile(path, 'utf8')).toBe(secret)
    expect((await stat(path)).mode & 0o077).toBe(0)
  })

  it('is the configured one where it is long enough', async () => {
    expect(await find('a'.repeat(32))).toBe('a'.repeat(32))
    await expect(find('a'.repeat(31))).rejects.toThrow(/31 bytes and needs 32/)
  })

  it('is no example in production', async () => {
    const example = 'your-jwt-secret-key-your-jwt-secret-key'
    await expect(find(example)).rejects.toThrow(/example/)
    expect(await find(example, false)).toBe(example)
  })

  it('is not guessed where the file was cut off', async () => {
    await find()
    await writeFile(join(dataDir, 'secrets', 'jwt-secret'), '')
    await expect(find()).rejects.toThrow(/not whole/)
  })

  it('says which folder is at fault, and what to do, where it can’t be made', async () => {
    const file = join(dataDir, 'file')
    await writeFile(file, '')
    const finding = findTokenSecret({ configured: undefined, dataDir: file, production: true })
    const error = await finding.catch((caught) => caught)
    expect(error).toBeInstanceOf(StartError)
    expect(error.message).toMatch(/data folder .*file.* can’t be made .*set DATA_DIR/)
    expect(error.message).toContain(file)
  })

  it('says so where something else has the place of the file', async () => {
    await mkdir(join(dataDir, 'secrets', 'jwt-secret'), { recursive: true })
    await expect(find()).rejects.toThrow(StartError)
  })
})
