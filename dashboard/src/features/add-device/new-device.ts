import type { NewDevice } from '../device/device-api.js'

/** The rule of the contract for device ids, without its schema library in the browser. */
const DEVICE_ID = /^[A-Za-z0-9_.:-]{1,64}$/

export function isUsableDeviceId(text: string): boolean {
  return DEVICE_ID.test(text)
}

/** What a form's fields say; an empty field says nothing. */
export function newDeviceFrom(form: FormData): NewDevice {
  const text = (name: string) => String(form.get(name) ?? '').trim()
  const [name, site, location] = [text('name'), text('site'), text('location')]
  return {
    deviceId: text('deviceId'),
    ...(name !== '' && { name }),
    ...(site !== '' && { site }),
    ...(location !== '' && { location }),
  }
}
