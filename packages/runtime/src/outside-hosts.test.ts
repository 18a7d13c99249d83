import { describe, expect, it } from '@jest/globals'
import { isOrdinaryAddress, readOutsideHosts } from './outside-hosts.js'

describe('addresses that messages may go to', () => {
  it('are those of the Internet', () => {
    for (const address of [
      '1.1.1.1',
      '8.8.8.8',
      '172.32.0.1',
      '100.128.0.1',
      '2606:4700::1111',
      '2a00:1450::1',
    ]) {
      expect([address, isOrdinaryAddress(address)]).toEqual([address, true])
    }
  })

  it('are none of this machine, of networks of one’s own, of links, of clouds’ metadata, or of nobody', () => {
    const refused = [
      ...[
        '127.0.0.1',
        '127.9.9.9',
        '0.0.0.0',
        '0.1.2.3',
        '10.0.0.1',
        '172.16.0.1',
        '172.31.255.255',
        '192.168.1.1',
      ],
      ...[
        '169.254.169.254',
        '100.64.0.1',
        '100.100.100.200',
        '192.0.0.192',
        '198.18.0.1',
        '192.0.2.1',
        '203.0.113.9',
      ],
      ...['224.0.0.1', '239.1.1.1', '240.0.0.1', '255.255.255.255'],
      ...[
        '::',
        '::1',
        '::127.0.0.1',
        '::ffff:127.0.0.1',
        '::ffff:7f00:1',
        '::ffff:8.8.8.8',
        '::ffff:0:127.0.0.1',
      ],
      ...['fd00:ec2::254', 'fc00::1', 'fe80::1', 'fe80::1%eth0', '2606:4700::1%eth0', 'fec0::1', 'ff02::1'],
      ...[
        '64:ff9b::7f00:1',
        '64:ff9b:1::1',
        '100::1',
        '2001::1',
        '2001:10::1',
        '2001:db8::1',
        '2002:7f00:1::',
        '3fff::1',
      ],
      ...['', 'localhost', '127.1', '0x7f000001', '2130706433'],
    ]
    expect(refused.filter(isOrdinaryAddress)).toEqual([])
  })

  it('are those besides that the operator names: hosts, hosts with a port, networks', () => {
    const hosts = readOutsideHosts(
      ' hooks.lan, grafana.lan:3000,10.1.0.0/16, [fd00::5]:80, 192.168.1.9,fd01::/16',
    )
    const may = (host: string, address: string, port: number) => hosts.isAllowed({ host, address, port })
    expect(may('hooks.lan', '127.0.0.1', 1)).toBe(true)
    expect(may('HOOKS.lan', '10.0.0.1', 443)).toBe(true)
    expect(may('other.lan', '10.0.0.1', 443)).toBe(false)
    expect(may('grafana.lan', '10.0.0.1', 3000)).toBe(true)
    expect(may('grafana.lan', '10.0.0.1', 3001)).toBe(false)
    expect(may('whatever', '10.1.2.3', 1)).toBe(true)
    expect(may('whatever', '10.2.2.3', 1)).toBe(false)
    expect(may('whatever', '192.168.1.9', 1)).toBe(true)
    expect(may('[fd00::5]', 'fd00::5', 80)).toBe(true)
    expect(may('[fd00::5]', 'fd00::5', 81)).toBe(false)
    expect(may('x', 'fd01::9', 81)).toBe(true)
    expect(may('x', '1.1.1.1', 81)).toBe(true)
    expect(readOutsideHosts('').isAllowed({ host: 'localhost', address: '127.0.0.1', port: 80 })).toBe(false)
  })

  it('are refused at the start where they can’t be read', () => {
    for (const list of [
      'http://x',
      '10.0.0.0/33',
      '10.0.0.0/',
      'a b',
      'host:99999',
      'host:0',
      '*.lan',
      '1.1.1.1/1/1',
    ]) {
      expect(() => readOutsideHosts(list)).toThrow(/NOTIFY_ALLOWED_HOSTS: “.+” is no host/)
    }
  })
})
