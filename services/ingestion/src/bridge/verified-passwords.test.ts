import { FakeClock, until } from '@iot/testkit'
import { describe, expect, it } from '@jest/globals'
import { createVerifiedPasswords } from './verified-passwords.js'

function countingHasher() {
  const waiting: (() => void)[] = []
  const counts = { verified: 0, running: 0, mostRunning: 0 }
  let isHeld = false
  return {
    counts,
    hold: () => {
      isHeld = true
    },
    release: () => {
      isHeld = false
      for (const go of waiting.splice(0)) go()
    },
    hasher: {
      hash: async (password: string) => password,
      async verify(password: string, hash: string | undefined) {
        counts.verified += 1
        counts.running += 1
        counts.mostRunning = Math.max(counts.mostRunning, counts.running)
        if (isHeld) await new Promise<void>((resolve) => waiting.push(resolve))
        counts.running -= 1
        return password === hash
      },
    },
  }
}

describe('verified passwords', () => {
  it('cost one hash for a minute, then one again', async () => {
    const { hasher, counts } = countingHasher()
    const clock = new FakeClock()
    const passwords = createVerifiedPasswords({ passwords: hasher, clock })
    for (let n = 0; n < 500; n++) expect(await passwords.verify('p', 'p')).toBe(true)
    expect(counts.verified).toBe(1)
    clock.advance(60_000)
    await passwords.verify('p', 'p')
    expect(counts.verified).toBe(2)
  })

  it('are known under their hash alone: a changed credential is verified anew', async () => {
    const { hasher, counts } = countingHasher()
    const passwords = createVerifiedPasswords({ passwords: hasher, clock: new FakeClock() })
    await passwords.verify('p', 'p')
    expect(await passwords.verify('p', 'q')).toBe(false)
    expect(await passwords.verify('p', undefined)).toBe(false)
    expect(counts.verified).toBe(3)
  })

  it('that are wrong are verified every time', async () => {
    const { hasher, counts } = countingHasher()
    const passwords = createVerifiedPasswords({ passwords: hasher, clock: new FakeClock() })
    for (let n = 0; n < 3; n++) expect(await passwords.verify('x', 'p')).toBe(false)
    expect(counts.verified).toBe(3)
  })

  it('are computed a few at a time, the same one once, and beyond a bound not at all', async () => {
    const { hasher, counts, hold, release } = countingHasher()
    const passwords = createVerifiedPasswords({
      passwords: hasher,
      clock: new FakeClock(),
      concurrency: 2,
      maxWaiting: 8,
    })
    hold()
    const same = [passwords.verify('p0', 'p0'), passwords.verify('p0', 'p0')]
    const others = Array.from({ length: 9 }, (_, n) => passwords.verify(`p${n + 1}`, `p${n + 1}`))
    await expect(passwords.verify('p99', 'p99')).rejects.toThrow('too many')
    await until('two run', () => counts.running === 2)
    release()
    expect(await Promise.all([...same, ...others])).toEqual(Array(11).fill(true))
    expect(counts).toMatchObject({ verified: 10, mostRunning: 2 })
  })
})
