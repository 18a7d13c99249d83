import { describe, expect, it } from '@jest/globals'
import {
  assignPartitions,
  type Claimant,
  decodeAssignment,
  decodeClaim,
  encodeAssignment,
  encodeClaim,
} from './assignment.js'

const member = (memberId: string, claims: number[] = [], isLeaving = false): Claimant => ({
  memberId,
  claims,
  isLeaving,
})

/** Gathers as often as it takes until nothing changes, ending at each time what was taken away. */
function settle(members: readonly Claimant[], partitions: number): Record<string, readonly number[]> {
  let current = members
  for (let round = 0; round < 5; round++) {
    const assignment = assignPartitions(current, partitions)
    const next = current.map((one) => ({ ...one, claims: assignment.get(one.memberId)! }))
    if (JSON.stringify(next) === JSON.stringify(current)) break
    current = next
  }
  return Object.fromEntries(current.map(({ memberId, claims }) => [memberId, claims]))
}

describe('dealing partitions out', () => {
  it('gives one member all', () => {
    expect(settle([member('a')], 3)).toEqual({ a: [0, 1, 2] })
  })

  it('gives a partition to nobody while its owner has not ended it', () => {
    const assignment = assignPartitions([member('a', [0, 1, 2, 3]), member('b')], 4)
    expect(assignment.get('a')).toEqual([0, 1])
    expect(assignment.get('b')).toEqual([])
  })

  it('gives it to the other when the group gathers again', () => {
    const assignment = assignPartitions([member('a', [0, 1]), member('b')], 4)
    expect(assignment.get('a')).toEqual([0, 1])
    expect(assignment.get('b')).toEqual([2, 3])
  })

  it('does not move what is shared evenly already', () => {
    const members = [member('c', [1, 5]), member('a', [0, 4]), member('b', [3, 2])]
    expect(settle(members, 6)).toEqual({ a: [0, 4], b: [2, 3], c: [1, 5] })
  })

  it('lets the one who has most keep the odd one', () => {
    expect(settle([member('a', [0]), member('b', [1, 2])], 3)).toEqual({ a: [0], b: [1, 2] })
  })

  it('leaves a leaving member what it has, and gives it nothing', () => {
    const assignment = assignPartitions([member('a', [0, 1], true), member('b', [2])], 4)
    expect(assignment.get('a')).toEqual([0, 1])
    expect(assignment.get('b')).toEqual([2, 3])
  })

  it('works when all are leaving', () => {
    expect(assignPartitions([member('a', [0], true)], 2).get('a')).toEqual([0])
  })

  it('leaves members without partitions where there are too few', () => {
    const shares = Object.values(settle([member('a'), member('b'), member('c')], 1))
    expect(shares.map((share) => share.length).sort()).toEqual([0, 0, 1])
  })

  it('never gives one partition to two, whatever they claim', () => {
    const members = [member('a', [0, 1, 9]), member('b', [1, 0]), member('c', [2])]
    const all = [...assignPartitions(members, 3).values()].flat()
    expect(new Set(all).size).toBe(all.length)
    expect(all.every((partition) => partition < 3)).toBe(true)
  })

  it('comes to the same whoever deals, and uses all partitions', () => {
    for (let partitions = 1; partitions <= 12; partitions++) {
      for (let size = 1; size <= 5; size++) {
        const members = Array.from({ length: size }, (_, n) => member(`m${n}`))
        const dealt = settle(members, partitions)
        expect(settle([...members].reverse(), partitions)).toEqual(dealt)
        const counts = Object.values(dealt).map((share) => share.length)
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(partitions)
      }
    }
  })

  it('is written in Kafka’s form', () => {
    const topics = ['one', 'two']
    const claim = decodeClaim('m', encodeClaim(topics, { claims: [1, 4], isLeaving: true }))
    expect(claim).toEqual(member('m', [1, 4], true))
    expect(decodeAssignment(topics, encodeAssignment(topics, [2, 3]))).toEqual([2, 3])
    expect(decodeAssignment(topics, encodeAssignment(topics, []))).toEqual([])
    expect(decodeAssignment(topics, Buffer.alloc(0))).toEqual([])
  })
})
