import { LIVE_KINDS, type LiveKind } from '@iot/contracts'
import type { LiveBatch, LiveBus } from '@iot/ports'

/** How often a window that is trimmed while it is being read is read again. */
const TRIES = 3

/** What the bus's window holds of one kind and partition: everything that was published after `after`. */
export interface PastTrack {
  readonly kind: LiveKind
  readonly partition: number
  readonly after: number
  readonly batches: readonly LiveBatch[]
}

/** Reads the whole window of the bus. Nothing where it is another log's. */
export async function readPast(bus: Pick<LiveBus, 'floors' | 'window'>, epoch: string): Promise<PastTrack[]> {
  const floors = await bus.floors()
  if (floors.epoch !== epoch) return []
  const tracks: PastTrack[] = []
  for (const kind of LIVE_KINDS) {
    for (const [partition, floor] of floors[kind]) {
      const track = await readTrack(bus, epoch, { kind, partition, after: floor, batches: [] })
      if (track) tracks.push(track)
    }
  }
  return tracks
}

async function readTrack(
  bus: Pick<LiveBus, 'floors' | 'window'>,
  epoch: string,
  track: PastTrack,
): Promise<PastTrack | undefined> {
  const { kind, partition } = track
  let after: number | undefined = track.after
  for (let tried = 0; tried < TRIES && after !== undefined; tried++) {
    const { complete, batches } = await bus.window(kind, partition, after, epoch)
    if (complete) return { kind, partition, after, batches }
    after = (await bus.floors())[kind].get(partition)
  }
  return undefined
}

/**
 * The batches of all tracks as they may have been published: the same share of each track at any point, because the
 * window reaches back to about the same time in all of them. Within a track the order is the log's.
 */
export function inTurn(tracks: readonly PastTrack[]): LiveBatch[] {
  return tracks
    .flatMap(({ batches }) => batches.map((batch, index) => ({ batch, at: (index + 1) / batches.length })))
    .sort((one, other) => one.at - other.at)
    .map(({ batch }) => batch)
}
