import type { PasswordHasher } from '@iot/ports'
import { describe, expect, it } from '@jest/globals'

export function describePasswordHasher(name: string, create: () => PasswordHasher): void {
  describe(`password hasher: ${name}`, () => {
    const hasher = create()

    it('knows a password by its hash, and no other', async () => {
      const hash = await hasher.hash('correct horse battery')
      expect(hash).not.toContain('correct')
      expect(await hasher.verify('correct horse battery', hash)).toBe(true)
      expect(await hasher.verify('correct horse batterz', hash)).toBe(false)
    })

    it('gives the same password another hash each time', async () => {
      expect(await hasher.hash('the same')).not.toBe(await hasher.hash('the same'))
    })

    it('answers false where there is no hash, and where the hash is none', async () => {
      expect(await hasher.verify('decoy', undefined)).toBe(false)
      expect(await hasher.verify('anything', 'not a hash')).toBe(false)
    })

    it('checks many at once', async () => {
      const hash = await hasher.hash('many')
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, at) => hasher.verify(at % 2 ? 'many' : 'few', hash)),
      )
      expect(answers.filter(Boolean)).toHaveLength(10)
    })
  })
}
