import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { GENERATED } from '../scripts/generate/files.js'
import { findMetrics } from '../scripts/generate/metrics.js'
import { root, sourceFiles } from './source-tree.js'

describe('generated files', () => {
  it.each(Object.entries(GENERATED))('%s is what `npm run generate` makes of the code', (path, render) => {
    expect(readFileSync(join(root, path), 'utf8')).toBe(render())
  })

  it('name every metric that the code defines', () => {
    const known = findMetrics().map(({ name }) => name)
    const defined = ['packages', 'services']
      .flatMap(sourceFiles)
      .filter(({ isTest }) => !isTest)
      .flatMap(({ text }) => [...text.matchAll(/\bname: '(iot_\w+)'/g)].map((match) => match[1]!))
    expect(new Set(known).size).toBe(known.length)
    expect([...known].sort()).toEqual([...defined].sort())
  })
})
