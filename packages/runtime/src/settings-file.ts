import { readFileSync } from 'node:fs'
import { VARIABLES } from '@iot/contracts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The environment with the settings of the file that CONFIG_FILE names under it: a JSON object of variables,
 * `{"SOCKET_IO_PING_INTERVAL": 25000}`. What the environment sets wins. Secrets have files of their own and are
 * refused here, so that a settings file can lie in a repository. Faults go to `faults`.
 */
export function withSettingsFile(environment: Environment, faults: string[]): Environment {
  const path = environment.CONFIG_FILE
  if (!path) return environment
  const settings = readSettings(path, faults)
  const texts: Record<string, string> = {}
  for (const [name, value] of Object.entries(settings)) {
    const fault = faultOf(name, value)
    if (fault) faults.push(`CONFIG_FILE: ${fault} (${path})`)
    else texts[name] = String(value)
  }
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value))
  return { ...texts, ...set }
}

function readSettings(path: string, faults: string[]): Record<string, unknown> {
  try {
    const read: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof read === 'object' && read !== null && !Array.isArray(read))
      return read as Record<string, unknown>
    faults.push(`CONFIG_FILE: ${path} must hold one JSON object, {"NAME": value}`)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    faults.push(code ? `CONFIG_FILE: can’t read ${path} (${code})` : `CONFIG_FILE: ${path} is not JSON`)
  }
  return {}
}

function faultOf(name: string, value: unknown): string | undefined {
  if (!Object.hasOwn(VARIABLES, name)) return `${name} is no variable of this system`
  if ((VARIABLES[name as keyof typeof VARIABLES] as { secret?: boolean }).secret) {
    return `${name} is a secret: set ${name}_FILE instead`
  }
  return ['string', 'number', 'boolean'].includes(typeof value)
    ? undefined
    : `${name} must be a text, a number, true or false`
}
