import { AssignerProtocol } from './kafka-client.js'

/** A member as it presents itself when the group gathers. */
export interface Claimant {
  readonly memberId: string
  /** partitions that it has, and has not ended yet */
  readonly claims: readonly number[]
  /** it keeps what it has until it is gone, and takes nothing new */
  readonly isLeaving: boolean
}

const VERSION = 1

/**
 * Deals the partitions out: partition n stands for n of every topic of the group. Who has partitions keeps
 * them, up to its share; what is above a share is nobody's until its owner has ended it and the group
 * gathers again, so that no partition ever has two owners. Any member comes to the same result.
 */
export function assignPartitions(
  members: readonly Claimant[],
  partitions: number,
): ReadonlyMap<string, readonly number[]> {
  const byId = [...members].sort((a, b) => (a.memberId < b.memberId ? -1 : 1))
  const owners = new Map<number, string>()
  for (const { memberId, claims } of byId) {
    for (const partition of claims) {
      if (partition < partitions && !owners.has(partition)) owners.set(partition, memberId)
    }
  }
  const owned = (memberId: string): number[] =>
    [...owners].filter(([, owner]) => owner === memberId).map(([partition]) => partition)
  const assignment = new Map<string, number[]>()
  for (const { memberId } of byId) {
    assignment.set(
      memberId,
      owned(memberId).sort((a, b) => a - b),
    )
  }

  const staying = byId.filter(({ isLeaving }) => !isLeaving)
  const kept = byId.filter(({ isLeaving }) => isLeaving).flatMap(({ memberId }) => assignment.get(memberId)!)
  const free = Array.from({ length: partitions }, (_, partition) => partition).filter(
    (partition) => !owners.has(partition),
  )
  const toShare = partitions - kept.length
  const [share, larger] = [Math.floor(toShare / staying.length), toShare % staying.length]
  // The larger shares go to those who have most already: fewer partitions move.
  const byWealth = [...staying].sort(
    (a, b) => assignment.get(b.memberId)!.length - assignment.get(a.memberId)!.length,
  )
  byWealth.forEach(({ memberId }, at) => {
    const list = assignment.get(memberId)!
    const limit = share + (at < larger ? 1 : 0)
    list.splice(limit)
    while (list.length < limit && free.length > 0) list.push(free.shift()!)
  })
  return assignment
}

export function encodeClaim(topics: readonly string[], claim: Omit<Claimant, 'memberId'>): Buffer {
  const userData = Buffer.from(JSON.stringify({ claims: claim.claims, isLeaving: claim.isLeaving }))
  return AssignerProtocol.MemberMetadata.encode({ version: VERSION, topics: [...topics], userData })
}

export function decodeClaim(memberId: string, metadata: Buffer): Claimant {
  const decoded = AssignerProtocol.MemberMetadata.decode(metadata)
  const { claims, isLeaving } = JSON.parse(String(decoded?.userData)) as Omit<Claimant, 'memberId'>
  return { memberId, claims, isLeaving }
}

/** In Kafka's own form, so that its tools show who has what. */
export function encodeAssignment(topics: readonly string[], partitions: readonly number[]): Buffer {
  const assignment = Object.fromEntries(topics.map((topic) => [topic, [...partitions]]))
  return AssignerProtocol.MemberAssignment.encode({
    version: VERSION,
    assignment,
    userData: Buffer.alloc(0),
  })
}

export function decodeAssignment(topics: readonly string[], assignment: Buffer): readonly number[] {
  return AssignerProtocol.MemberAssignment.decode(assignment)?.assignment[topics[0]!] ?? []
}
