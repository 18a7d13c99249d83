import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { GENERATED } from '../scripts/generate/files.js'
import { root } from './source-tree.js'

describe('generated files', () => {
  it.each(Object.entries(GENERATED))('%s is what `npm run generate` makes of the code', (path, render) => {
    expect(readFileSync(join(root, path), 'utf8')).toBe(render())
  })
})
