import { BlockList, isIP } from 'node:net'
import { StartError } from './app-error.js'

/** Forwarded addresses looked at in one request; the header is whatever somebody sent. */
const MAX_HOPS = 16
const MAPPED = '::ffff:'

/**
 * Makes the function that says who is at the other end: the peer, or, where the peer is a trusted proxy, the
 * nearest address in X-Forwarded-For that is none. Throws a StartError for a TRUST_PROXY that can't be read.
 */
export function createClientAddress(
  trustProxy: string,
): (peer: string | undefined, forwardedFor: string | undefined) => string {
  const isTrusted = readTrustedProxies(trustProxy)

  return (peer, forwardedFor) => {
    let address = peerAddress(peer)
    if (forwardedFor === undefined) return address
    const hops = forwardedFor.split(',').slice(-MAX_HOPS)
    while (isTrusted(address)) {
      const next = peerAddress(hops.pop()?.trim())
      if (isIP(next) === 0) break
      address = next
    }
    return address
  }
}

/** Reads addresses and networks between commas. Throws a StartError that names the variable, and what is neither. */
export function readTrustedProxies(
  trustProxy: string,
  variable = 'TRUST_PROXY',
): (address: string) => boolean {
  const trusted = new BlockList()
  const entries = trustProxy.split(',').map((one) => one.trim())
  for (const entry of entries.filter(Boolean)) add(trusted, entry, variable)
  return (text) => {
    const address = peerAddress(text)
    return isIP(address) !== 0 && trusted.check(address, familyOf(address))
  }
}

function add(trusted: BlockList, entry: string, variable: string): void {
  const [address = '', prefix] = entry.split('/')
  const bits = prefix === undefined ? undefined : Number(prefix)
  const widest = isIP(address) === 6 ? 128 : 32
  const isWithin = bits === undefined || (Number.isInteger(bits) && bits >= 0 && bits <= widest)
  if (isIP(address) === 0 || prefix === '' || !isWithin) {
    throw new StartError(`${variable}: “${entry}” is no address and no network like 10.0.0.0/8`)
  }
  if (bits === undefined) trusted.addAddress(address, familyOf(address))
  else trusted.addSubnet(address, bits, familyOf(address))
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4'
}

/** The peer's address; an IPv4 address that came over an IPv6 socket is written as IPv4. Empty where there is none. */
export function peerAddress(remoteAddress: string | undefined): string {
  if (remoteAddress === undefined) return ''
  const mapped = remoteAddress.startsWith(MAPPED) ? remoteAddress.slice(MAPPED.length) : ''
  return isIP(mapped) === 4 ? mapped : remoteAddress
}
