import { expect, it } from '@jest/globals'
import { maySee } from './may-see.js'

it.each([
  ['everything to who has no limit', undefined, 'Hue', true],
  ['devices without a site to who has no limit', undefined, undefined, true],
  ['devices of their sites', ['Hanoi', 'Hue'], 'Hue', true],
  ['no others', ['Hanoi'], 'Hue', false],
  ['no site that is only spelled alike', ['hue'], 'Hue', false],
  ['no device without a site', ['Hanoi'], undefined, false],
  ['nothing to who has no site left', [], 'Hanoi', false],
] as const)('shows %s', (_, sites, site, expected) => {
  expect(maySee(sites, site)).toBe(expected)
})
