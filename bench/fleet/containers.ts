import { request } from 'node:http'
import type { Stack } from '../../e2e/fleet/harness/stack.js'

const SOCKET = '/var/run/docker.sock'

export interface Usage {
  /** since the container's start, µs, user and system */
  readonly cpuMicros: number
  /** without the page cache, bytes */
  readonly memoryBytes: number
}

interface Listed {
  readonly ID: string
  readonly Service: string
  readonly State: string
}

interface Stats {
  readonly cpu_stats: { readonly cpu_usage: { readonly total_usage: number } }
  readonly memory_stats: { readonly usage?: number; readonly stats?: Readonly<Record<string, number>> }
}

/** What the running containers of a stack have used so far, by service; replicas are added up. */
export async function usageOf(stack: Stack): Promise<Map<string, Usage>> {
  const listing = await stack.compose(['ps', '--format', 'json'])
  const running = listing
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Listed)
    .filter(({ State }) => State === 'running')
  const usages = new Map<string, Usage>()
  for (const { ID, Service, usage } of await Promise.all(running.map(withUsage))) {
    if (!ID) continue
    const known = usages.get(Service) ?? { cpuMicros: 0, memoryBytes: 0 }
    usages.set(Service, {
      cpuMicros: known.cpuMicros + usage.cpuMicros,
      memoryBytes: known.memoryBytes + usage.memoryBytes,
    })
  }
  return usages
}

async function withUsage(listed: Listed): Promise<Listed & { usage: Usage }> {
  const { cpu_stats, memory_stats } = await statsOf(listed.ID)
  const { usage = 0, stats = {} } = memory_stats
  const cache = stats.inactive_file ?? stats.total_inactive_file ?? 0
  return {
    ...listed,
    usage: { cpuMicros: cpu_stats.cpu_usage.total_usage / 1_000, memoryBytes: usage - cache },
  }
}

function statsOf(id: string): Promise<Stats> {
  return new Promise((resolve, reject) => {
    const path = `/containers/${id}/stats?stream=false&one-shot=true`
    request({ socketPath: SOCKET, path }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve(JSON.parse(text) as Stats))
    })
      .on('error', reject)
      .end()
  })
}
