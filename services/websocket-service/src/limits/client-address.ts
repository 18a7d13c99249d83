import { BlockList, isIP } from 'node:net'
import { StartError } from '@iot/runtime'

/** Forwarded addresses looked at in one request; the header is whatever somebody sent. */
const MAX_HOPS = 16

/**
 * Makes the function that says who is at the other end: the peer, or, where the peer is a trusted proxy, the
 * nearest address in X-Forwarded-For that is none. Throws a StartError for a TRUST_PROXY that can't be read.
 */
export function createClientAddress(
  trustProxy: string,
): (peer: string | undefined, forwardedFor: string | undefined) => string {
  const trusted = readTrusted(trustProxy)
  const isTrusted = (address: string) =>
    isIP(address) !== 0 && trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')

  return (peer, forwardedFor) => {
    let address = plain(peer ?? '')
    if (forwardedFor === undefined) return address
    const hops = forwardedFor.split(',').slice(-MAX_HOPS)
    while (isTrusted(address)) {
      const next = plain(hops.pop()?.trim() ?? '')
      if (isIP(next) === 0) break
      address = next
    }
    return address
  }
}

function readTrusted(trustProxy: string): BlockList {
  const trusted = new BlockList()
  for (const entry of trustProxy
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean)) {
    const [address = '', prefix] = entry.split('/')
    const family = isIP(address)
    const bits = prefix === undefined ? undefined : Number(prefix)
    const widest = family === 6 ? 128 : 32
    if (family === 0 || (bits !== undefined && !(Number.isInteger(bits) && bits >= 0 && bits <= widest))) {
      throw new StartError(`TRUST_PROXY: “${entry}” is no address and no network like 10.0.0.0/8`)
    }
    const type = family === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) trusted.addAddress(address, type)
    else trusted.addSubnet(address, bits, type)
  }
  return trusted
}

/** An IPv4 address that came over an IPv6 socket, written as itself. */
function plain(address: string): string {
  return address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address
}
