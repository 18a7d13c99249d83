/** How a sensor behaves. */
export interface SensorModel {
  readonly sensorType: string
  readonly unit?: string
  /** the value around which it moves */
  readonly base: number
  /** how far it moves with the hour of the day, and the hour (UTC) at which it is highest */
  readonly swing?: number
  readonly peakHour?: number
  /** what working hours add: machines that run from 6 to 22 */
  readonly work?: number
  /** how far it wanders by itself */
  readonly noise: number
  readonly decimals: number
  readonly min?: number
  readonly max?: number
  /** how far it goes wrong in a day; it is put right every week */
  readonly driftPerDay?: number
  /** instead of all that: the share of time in which it is 1 */
  readonly on?: number
  /** instead of all that: a meter that only rises, by so much an hour */
  readonly perHour?: number
}

/** Which of the payloads of the contract it speaks. */
export type PayloadForm = 'flat' | 'single' | 'several'

export interface DeviceModel {
  readonly deviceId: string
  readonly name: string
  readonly site: string
  readonly location: string
  readonly tags: readonly string[]
  readonly sensors: readonly SensorModel[]
  readonly form: PayloadForm
  /** it loses its connection now and then */
  readonly isFlaky: boolean
}
