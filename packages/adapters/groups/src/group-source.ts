import type { TopicContract } from '@iot/contracts'
import type { LogRecord } from '@iot/ports'

/** What a member's turn with a partition needs of its log. */
export interface TurnSource {
  /** The oldest offset kept and the next to be written, of an opened topic. No IO. */
  range(topic: string, partition: number): { start: number; end: number }

  /** The next offset that an opened group wants; what a resolved `commit` has said. No IO. */
  committedOffset(group: string, topic: string, partition: number): number

  /**
   * Records from an offset on, in order, contiguous; none at the end, at least one before it. Answers at
   * once where it has them in memory. Rejects (retriable) while the storage is away.
   */
  read(
    topic: string,
    partition: number,
    fromOffset: number,
    bounds: { maxRecords: number; maxBytes: number },
  ): readonly LogRecord[] | Promise<readonly LogRecord[]>

  /** Resolves when durable. Never moves back. */
  commit(group: string, topic: string, partition: number, nextOffset: number): Promise<void>
}

/** What consumer groups need of the log that they stand on. Its process is the log's only one. */
export interface GroupSource extends TurnSource {
  readonly partitions: number

  /** Makes the topics known, and the group with them: from now on retention keeps what it has not committed. */
  openGroup(group: string, topics: readonly TopicContract[]): Promise<void>
}
