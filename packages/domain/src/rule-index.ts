import type { AlertRuleRequest } from '@iot/contracts'
import type { CompiledRule } from './rule-machine.js'

/** Finds the rules of a sensor without looking at the others. A new set of rules is a new index. */
export interface RuleIndex<Rule extends AlertRuleRequest> {
  /**
   * The enabled rules about a sensor’s values, or its silence. To be asked once for each sensor and kept by whoever asks,
   * until there is a new index or the device moves to another site: sensors with the same rules share the answer.
   */
  forSensor(deviceId: string, site: string | undefined, sensorType: string): readonly CompiledRule<Rule>[]
  /** Those about the silence of the device as a whole; kept alike. */
  forDevice(deviceId: string, site: string | undefined): readonly CompiledRule<Rule>[]
}

interface Places<Rule extends AlertRuleRequest> {
  readonly all: CompiledRule<Rule>[]
  readonly bySite: Map<string, CompiledRule<Rule>[]>
  readonly byDevice: Map<string, CompiledRule<Rule>[]>
}

const NONE: readonly never[] = []

export function createRuleIndex<Rule extends AlertRuleRequest>(
  rules: Iterable<CompiledRule<Rule>>,
): RuleIndex<Rule> {
  const ofSensors = new Map<string, Places<Rule>>()
  const ofDevices: Places<Rule> = newPlaces()
  for (const compiled of rules) {
    const { sensorType, enabled } = compiled.rule
    if (enabled === false) continue
    if (sensorType === undefined) place(ofDevices, compiled)
    else place(atKey(ofSensors, sensorType, newPlaces<Rule>), compiled)
  }
  return {
    forSensor(deviceId, site, sensorType) {
      const places = ofSensors.get(sensorType)
      return places === undefined ? NONE : matching(places, deviceId, site)
    },
    forDevice: (deviceId, site) => matching(ofDevices, deviceId, site),
  }
}

function newPlaces<Rule extends AlertRuleRequest>(): Places<Rule> {
  return { all: [], bySite: new Map(), byDevice: new Map() }
}

function place<Rule extends AlertRuleRequest>(places: Places<Rule>, compiled: CompiledRule<Rule>): void {
  const { deviceId, site } = compiled.rule
  if (deviceId !== undefined) atKey(places.byDevice, deviceId, newList<Rule>).push(compiled)
  else if (site !== undefined) atKey(places.bySite, site, newList<Rule>).push(compiled)
  else places.all.push(compiled)
}

function newList<Rule extends AlertRuleRequest>(): CompiledRule<Rule>[] {
  return []
}

function atKey<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const found = map.get(key)
  if (found !== undefined) return found
  const made = make()
  map.set(key, made)
  return made
}

function matching<Rule extends AlertRuleRequest>(
  { all, bySite, byDevice }: Places<Rule>,
  deviceId: string,
  site: string | undefined,
): readonly CompiledRule<Rule>[] {
  const lists = [all, site === undefined ? NONE : (bySite.get(site) ?? NONE), byDevice.get(deviceId) ?? NONE]
  const filled = lists.filter(({ length }) => length > 0)
  // One list as it is: ten thousand sensors with the rules of everybody hold them once.
  return filled.length > 1 ? filled.flat() : (filled[0] ?? NONE)
}
