/**
 * Snapshots of a consumer's state, so that it need not read the log from its beginning.
 * Fenced by offset: one that is not newer than what is kept (in any topic) changes nothing.
 */
export interface SnapshotStore {
  /** The newest snapshot of a partition under an epoch; undefined where there is none. */
  load(owner: string, epoch: string, partition: number): Promise<Snapshot | undefined>
  /** Resolves with whether it was kept. */
  save(owner: string, epoch: string, partition: number, snapshot: Snapshot): Promise<boolean>
}

export interface Snapshot {
  /** per topic name: the next offset that is not in the state */
  readonly offsets: Readonly<Record<string, number>>
  /** JSON text of the owner's own making */
  readonly state: string
}
