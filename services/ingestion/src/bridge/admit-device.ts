import type { ConnectAttempt, DeviceIdentity, DeviceStore, PasswordHasher } from '@iot/ports'

export interface AdmitDeps {
  readonly devices: Pick<DeviceStore, 'findCredential'>
  readonly passwords: Pick<PasswordHasher, 'verify'>
  /** without credentials from anywhere, not from this machine alone */
  readonly allowAnonymous: boolean
}

/** Who connects: a known credential, or nobody in particular where that is allowed. Rejects while the store is away. */
export async function admitDevice(
  attempt: ConnectAttempt,
  deps: AdmitDeps,
): Promise<DeviceIdentity | 'refused'> {
  const { username, password } = attempt
  if (username === undefined) {
    return deps.allowAnonymous || isLoopback(attempt.address) ? { kind: 'anonymous' } : 'refused'
  }
  const credential = await deps.devices.findCredential(username)
  const isRight = await deps.passwords.verify(password ?? '', credential?.passwordHash)
  if (!credential || !isRight) return 'refused'
  return { kind: credential.kind, deviceId: credential.deviceId, credentialId: credential.id }
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^127(\.\d{1,3}){3}$/.test(address)
}
