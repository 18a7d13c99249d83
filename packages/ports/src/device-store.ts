import type { CredentialKind, DeviceChange } from '@iot/contracts'

/** What is kept of devices beside their readings: names, places, sensors, credentials. */
export interface DeviceStore {
  /** Devices in order of device id, after one, filtered; `search` looks into id, name, location, site and tags. */
  list(query: DeviceQuery): Promise<DeviceRow[]>
  get(deviceId: string): Promise<DeviceRow | undefined>
  /** Undefined where the device exists already. */
  create(device: NewDevice): Promise<DeviceRow | undefined>
  /** Null takes a field away. Undefined where there is no such device. */
  change(deviceId: string, change: DeviceRowChange): Promise<DeviceRow | undefined>
  /** Removes a device with its readings and credentials; false where there was none. */
  remove(deviceId: string): Promise<boolean>
  /** All devices, or those of some sites. */
  count(query?: { sites?: readonly string[] | undefined }): Promise<number>

  /** Notes attributes and location that devices told of themselves; unknown devices come into being. Idempotent. */
  describe(told: readonly DeviceDescription[]): Promise<void>

  /** Every device with its sensor types, for the bounds on both; in order of device id, after one. */
  listSensors(query: {
    after?: string
    limit: number
  }): Promise<{ deviceId: string; sensorTypes: string[] }[]>

  createCredential(credential: NewCredential): Promise<CredentialRow>
  listCredentials(deviceId: string): Promise<CredentialRow[]>
  /** False where the device has no such credential. */
  removeCredential(deviceId: string, credentialId: string): Promise<boolean>
  /** By MQTT username. */
  findCredential(username: string): Promise<CredentialRow | undefined>
  /** Those of the credentials, by id, that there are (still). Meant for 1 000 at a time at most. */
  keptCredentials(credentialIds: readonly string[]): Promise<string[]>
  /** The logins that an MQTT broker of its own may be given, in order of username, after one. */
  listBrokerLogins(query: { after?: string; limit: number }): Promise<BrokerLogin[]>
  /** Another text whenever `listBrokerLogins` would answer something else. Cheap: it is asked every few seconds. */
  brokerLoginsVersion(): Promise<string>

  /** The devices that have a site, an expected interval or a name of their own, in order of device id, after one. */
  listSites(query: { after?: string; limit: number }): Promise<DeviceSite[]>
  /** Another text whenever `listSites` would answer something else. Cheap: it is asked every few seconds. */
  sitesVersion(): Promise<string>
}

export interface DeviceQuery {
  readonly limit: number
  readonly after?: string
  readonly search?: string
  readonly site?: string
  readonly tag?: string
  readonly deviceIds?: readonly string[]
  /** devices of these sites alone */
  readonly sites?: readonly string[]
}

export interface NewDevice {
  readonly deviceId: string
  readonly name?: string
  readonly location?: string
  readonly site?: string
  readonly tags?: readonly string[]
  readonly expectedIntervalMs?: number
}

export interface DeviceRowChange extends Omit<DeviceChange, 'expectedInterval'> {
  readonly expectedIntervalMs?: number | null
}

export interface DeviceRow {
  readonly deviceId: string
  readonly name: string
  readonly location?: string
  readonly site?: string
  readonly tags: readonly string[]
  readonly attributes: Readonly<Record<string, string>>
  /** how often it is to be heard of, where a person said so */
  readonly expectedIntervalMs?: number
  readonly createdAtMs: number
  readonly sensors: readonly { readonly sensorType: string; readonly unit?: string }[]
  readonly refusedValues: number
}

export interface DeviceDescription {
  readonly deviceId: string
  readonly location?: string
  readonly attributes?: Readonly<Record<string, string>>
}

export interface NewCredential {
  readonly deviceId: string
  readonly kind: CredentialKind
  readonly username: string
  readonly passwordHash: string
  /** what an MQTT broker of its own compares the password with; without it that broker never hears of the login */
  readonly brokerVerifier?: string
}

export interface BrokerLogin {
  readonly username: string
  readonly verifier: string
  readonly deviceId: string
  readonly kind: CredentialKind
}

export interface DeviceSite {
  readonly deviceId: string
  /** where somebody gave it one that is not its id */
  readonly name?: string
  readonly site?: string
  readonly expectedIntervalMs?: number
}

export interface CredentialRow extends Omit<NewCredential, 'brokerVerifier'> {
  readonly id: string
  readonly createdAtMs: number
}
