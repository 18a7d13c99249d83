import type { LookupAddress } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { OutsideHosts } from '@iot/runtime'

/** Where a connection goes: an address that has been judged, so that no name is looked up again on the way. */
export interface Target {
  readonly address: string
  readonly host: string
  readonly port: number
}

export type Resolve = (host: string) => Promise<readonly Pick<LookupAddress, 'address'>[]>

export const resolveByDns: Resolve = (host) => lookup(host, { all: true, verbatim: true })

/**
 * The address behind a URL, where messages may go there. Throws an Error in plain words where they may not, or where its
 * name leads nowhere.
 */
export async function resolveTarget(
  url: URL,
  { hosts, resolve }: { hosts: OutsideHosts; resolve: Resolve },
): Promise<Target> {
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  // Whatever way an address is written in, the URL has it in its one form by now.
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const found = isIP(host) === 0 ? await lookUp(host, resolve) : [host]
  const address = found.find((one) => hosts.isAllowed({ host: url.hostname, address: one, port }))
  if (address === undefined) {
    const what = found[0] === host ? `${host} is` : `${host} leads to ${found[0]}, which is`
    throw new Error(`${what} no address of the Internet; an operator can allow it by NOTIFY_ALLOWED_HOSTS`)
  }
  return { address, host: url.hostname, port }
}

async function lookUp(host: string, resolve: Resolve): Promise<string[]> {
  let found: string[]
  try {
    found = (await resolve(host)).map(({ address }) => address)
  } catch (error) {
    throw new Error(`The name ${host} can’t be looked up (${codeOf(error)})`, { cause: error })
  }
  if (found.length === 0) throw new Error(`The name ${host} has no address`)
  return found
}

export function codeOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string }
  return code ?? message ?? 'no reason given'
}
