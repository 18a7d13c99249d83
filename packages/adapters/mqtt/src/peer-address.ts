const MAPPED = '::ffff:'

/** The peer's address; an IPv4 address that came over an IPv6 socket is written as IPv4. */
export function peerAddress(remoteAddress: string | undefined): string {
  if (remoteAddress === undefined) return ''
  const isMapped = remoteAddress.startsWith(MAPPED) && remoteAddress.includes('.')
  return isMapped ? remoteAddress.slice(MAPPED.length) : remoteAddress
}
