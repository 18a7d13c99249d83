import { BlockList, isIP } from 'node:net'
import { StartError } from './app-error.js'

/** Where messages may go that people outside of the system have named the address of. */
export interface OutsideHosts {
  /** `host` as the URL names it, `address` what it leads to */
  isAllowed(target: { host: string; address: string; port: number }): boolean
}

/** Everything in IPv4 that is not an ordinary address of the Internet: RFC 6890 and what came after it. */
const SPECIAL_IPV4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
]
/** In IPv6 the ordinary addresses are one block, with exceptions: so forms that hold an IPv4 address are refused too. */
const ORDINARY_IPV6 = ['2000::', 3] as const
const SPECIAL_IPV6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['2620:4f:8000::', 48],
  ['3fff::', 20],
]

const special = new BlockList()
for (const [network, bits] of SPECIAL_IPV4) special.addSubnet(network, bits, 'ipv4')
for (const [network, bits] of SPECIAL_IPV6) special.addSubnet(network, bits, 'ipv6')
const ordinaryIpv6 = new BlockList()
ordinaryIpv6.addSubnet(...ORDINARY_IPV6, 'ipv6')

/** Whether an address is one of the Internet's: not of this machine, a network of one's own, a cloud's metadata, nobody's. */
export function isOrdinaryAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !special.check(address, 'ipv4')
    case 6:
      // One with a zone is of a link, whatever its number.
      return !address.includes('%') && ordinaryIpv6.check(address, 'ipv6') && !special.check(address, 'ipv6')
    default:
      return false
  }
}

/**
 * Ordinary addresses, and what the list names beside them: `host`, `host:port` (a name or an address, IPv6 in brackets) or
 * a network like 10.0.0.0/8. Throws a StartError that names the variable, and what is none of these.
 */
export function readOutsideHosts(list: string, variable = 'NOTIFY_ALLOWED_HOSTS'): OutsideHosts {
  const names = new Set<string>()
  const networks = new BlockList()
  const entries = list.split(',').map((one) => one.trim().toLowerCase())
  for (const entry of entries.filter(Boolean)) {
    if (!addNetwork(networks, entry) && !addName(names, entry)) {
      throw new StartError(`${variable}: “${entry}” is no host, no host:port and no network like 10.0.0.0/8`)
    }
  }

  return {
    isAllowed({ host, address, port }) {
      if (isOrdinaryAddress(address)) return true
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
      if (isIP(address) !== 0 && !address.includes('%') && networks.check(address, family)) return true
      const named = [host.toLowerCase(), isIP(address) === 6 ? `[${address}]` : address]
      return named.some((one) => names.has(one) || names.has(`${one}:${port}`))
    },
  }
}

function addNetwork(networks: BlockList, entry: string): boolean {
  const [address = '', prefix, ...rest] = entry.split('/')
  const family = isIP(address)
  const widest = family === 6 ? 128 : 32
  if (family === 0 || rest.length > 0) return false
  if (prefix === undefined) {
    networks.addAddress(address, family === 6 ? 'ipv6' : 'ipv4')
    return true
  }
  if (!/^[0-9]{1,3}$/.test(prefix) || Number(prefix) > widest) return false
  networks.addSubnet(address, Number(prefix), family === 6 ? 'ipv6' : 'ipv4')
  return true
}

function addName(names: Set<string>, entry: string): boolean {
  const found = /^(\[[0-9a-f:.]+\]|[a-z0-9_]([a-z0-9_.-]*[a-z0-9_.])?)(?::([0-9]{1,5}))?$/.exec(entry)
  if (!found || Number(found[3] ?? 1) > 65_535 || Number(found[3] ?? 1) === 0) return false
  names.add(entry)
  return true
}
