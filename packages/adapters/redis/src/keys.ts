import type { LiveKind } from '@iot/contracts'

/** Names the log whose events the bus carries. The one live key that lies under no epoch. */
export const EPOCH_KEY = 'iot:epoch'

/**
 * What every key of a log begins with. In braces, so that all of them lie on one node of a cluster, where the scripts
 * reach them.
 */
export function baseOf(epoch: string): string {
  return `iot:{${epoch}}:`
}

/** What tells the streams and heads of one kind and partition from the others. */
export function trackOf(kind: LiveKind, partition: number): string {
  return `${kind}:${partition}`
}

export function metaKey(epoch: string): string {
  return `${baseOf(epoch)}meta`
}

export function windowKey(epoch: string, track: string): string {
  return `${baseOf(epoch)}window:${track}`
}

export function devicesKey(epoch: string): string {
  return `${baseOf(epoch)}devices`
}

export function onlineKey(epoch: string): string {
  return `${baseOf(epoch)}online`
}

export function rateKey(epoch: string): string {
  return `${baseOf(epoch)}rate`
}

export function snapshotKey(epoch: string, owner: string, partition: number): string {
  return `${baseOf(epoch)}snapshot:${owner}:${partition}`
}
