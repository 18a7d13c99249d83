import { randomBytes } from 'node:crypto'
import { Credential, CredentialRequest, DeviceId, pageOf } from '@iot/contracts'
import type { CredentialRow, DeviceStore, FleetChannel, PasswordHasher } from '@iot/ports'
import { AppError, brokerVerifier, type Logger } from '@iot/runtime'
import { Type } from 'typebox'
import type { Auditor } from '../audit.js'
import { toTimestamp } from '../present/to-timestamp.js'
import { type Route, route } from '../route.js'
import { tellCredentialsRemoved } from '../tell-credentials-removed.js'
import { DeviceParams, requireDevice } from './devices.js'

/** Credentials of one device at most: a few while one is exchanged for another, not a store of them. */
const MAX_CREDENTIALS = 20
/** 144 bits, written in 24 characters that go into any configuration file unquoted. */
const PASSWORD_BYTES = 18
const SUFFIX_BYTES = 4

const CredentialParams = Type.Object({ deviceId: DeviceId, credentialId: Type.String({ maxLength: 64 }) })

interface CredentialDeps {
  readonly devices: DeviceStore
  readonly passwords: PasswordHasher
  readonly auditor: Auditor
  readonly channel: Pick<FleetChannel, 'send'>
  readonly logger: Logger
}

export function credentialRoutes(deps: CredentialDeps): Route[] {
  return [listCredentials(deps), createCredential(deps), removeCredential(deps)]
}

function listCredentials({ devices }: CredentialDeps): Route {
  return route(
    {
      method: 'GET',
      path: '/api/devices/{deviceId}/credentials',
      summary: 'The MQTT credentials of a device, without their passwords',
      tag: 'devices',
      access: 'operator',
      params: DeviceParams,
      status: 200,
      answer: pageOf(Credential),
      errors: ['NOT_FOUND'],
    },
    async ({ params, caller }) => {
      await requireDevice(devices, params.deviceId, caller)
      const rows = await devices.listCredentials(params.deviceId)
      return { body: { items: rows.map(presentCredential) } }
    },
  )
}

function createCredential({ devices, passwords, auditor }: CredentialDeps): Route {
  return route(
    {
      method: 'POST',
      path: '/api/devices/{deviceId}/credentials',
      summary: 'Make MQTT credentials for a device; the password is shown this once',
      tag: 'devices',
      access: 'operator',
      params: DeviceParams,
      body: CredentialRequest,
      bodyOptional: true,
      status: 201,
      answer: Credential,
      errors: ['NOT_FOUND', 'CONFLICT'],
    },
    async ({ params, body, caller }) => {
      const { deviceId } = await requireDevice(devices, params.deviceId, caller)
      if (body.kind === 'gateway' && caller.sites) {
        throw new AppError('FORBIDDEN', 'A gateway may name devices of every site; you are limited to yours.')
      }
      if ((await devices.listCredentials(deviceId)).length >= MAX_CREDENTIALS) {
        throw new AppError(
          'CONFLICT',
          `A device has ${MAX_CREDENTIALS} credentials at most: remove one first.`,
        )
      }
      const password = randomBytes(PASSWORD_BYTES).toString('base64url')
      const row = await devices.createCredential({
        deviceId,
        kind: body.kind ?? 'device',
        username: usernameOf(deviceId),
        passwordHash: await passwords.hash(password),
        brokerVerifier: await brokerVerifier(password),
      })
      const { id, kind, username } = row
      await auditor.note({
        actor: caller.username,
        action: 'credential.created',
        target: { type: 'credential', id },
        detail: { deviceId, kind, username },
      })
      return { body: { ...presentCredential(row), password } }
    },
  )
}

function removeCredential(deps: CredentialDeps): Route {
  const { devices, auditor } = deps
  return route(
    {
      method: 'DELETE',
      path: '/api/devices/{deviceId}/credentials/{credentialId}',
      summary: 'Remove credentials: they let nobody in any more',
      tag: 'devices',
      access: 'operator',
      params: CredentialParams,
      status: 204,
      errors: ['NOT_FOUND'],
    },
    async ({ params, caller }) => {
      await requireDevice(devices, params.deviceId, caller)
      const removed = await devices.removeCredential(params.deviceId, params.credentialId)
      if (!removed) throw new AppError('NOT_FOUND', `${params.deviceId} has no such credentials.`)
      await tellCredentialsRemoved(deps, params.deviceId)
      await auditor.note({
        actor: caller.username,
        action: 'credential.removed',
        target: { type: 'credential', id: params.credentialId },
        detail: { deviceId: params.deviceId },
      })
      return { body: undefined }
    },
  )
}

/** Without the colon, which a device id may have, and with which Mosquitto's password file ends a name. */
function usernameOf(deviceId: string): string {
  return `${deviceId.replaceAll(':', '_')}-${randomBytes(SUFFIX_BYTES).toString('hex')}`
}

function presentCredential(row: CredentialRow): Credential {
  const { id, deviceId, kind, username, createdAtMs } = row
  return { id, deviceId, kind, username, createdAt: toTimestamp(createdAtMs) }
}
