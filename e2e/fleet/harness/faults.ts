import { docker } from './docker.js'
import type { Stack } from './stack.js'

export type FaultKind = 'kill' | 'pause' | 'disconnect'

/** How long a container stays dead, frozen or alone. */
export const FAULT_MS = { kill: 2_000, pause: 15_000, disconnect: 10_000 } as const

/** What can go wrong with one container of a service. */
export interface Fault {
  readonly service: string
  readonly kind: FaultKind
  /** which of the service's containers; without, the first */
  readonly container?: number
}

/** Breaks one container of the service, waits, and puts it back. Resolves when it runs again. */
export async function inflict(stack: Stack, fault: Fault): Promise<void> {
  const { service, kind } = fault
  const container = (await stack.containers(service))[fault.container ?? 0]
  if (container === undefined) throw new Error(`there is no such container of ${service}`)
  const networks = kind === 'disconnect' ? await networksOf(container) : []
  switch (kind) {
    case 'kill':
      await docker(['kill', container])
      break
    case 'pause':
      await docker(['pause', container])
      break
    case 'disconnect':
      for (const { name } of networks) await docker(['network', 'disconnect', '--force', name, container])
      break
  }
  await new Promise((resolve) => setTimeout(resolve, FAULT_MS[kind]))
  switch (kind) {
    case 'kill':
      // Docker does not restart by itself what a person has killed.
      await docker(['start', container])
      break
    case 'pause':
      await docker(['unpause', container])
      break
    case 'disconnect':
      for (const network of networks) await docker(connectArgs(network, container))
      break
  }
}

interface Network {
  readonly name: string
  readonly aliases: readonly string[]
  /** where the compose file gives the container one of its own */
  readonly address: string | undefined
}

async function networksOf(container: string): Promise<Network[]> {
  const text = await docker(['inspect', '--format', '{{json .NetworkSettings.Networks}}', container])
  const networks = JSON.parse(text) as Record<
    string,
    { Aliases: string[] | null; IPAMConfig: { IPv4Address?: string } | null }
  >
  return Object.entries(networks).map(([name, { Aliases, IPAMConfig }]) => ({
    name,
    aliases: Aliases ?? [],
    address: IPAMConfig?.IPv4Address,
  }))
}

function connectArgs({ name, aliases, address }: Network, container: string): string[] {
  const named = aliases.flatMap((alias) => ['--alias', alias])
  return ['network', 'connect', ...named, ...(address ? ['--ip', address] : []), name, container]
}
