import { FIELD_FAULTS } from '@iot/contracts'
import { addDeviceTexts } from '../features/add-device/texts.en.js'
import { alertPageTexts } from '../features/alerts/page-texts.en.js'
import { auditTexts } from '../features/audit/texts.en.js'
import { channelsTexts } from '../features/channels/texts.en.js'
import { deviceTexts } from '../features/device/texts.en.js'
import { maintenanceTexts } from '../features/maintenance/texts.en.js'
import { onboardingTexts } from '../features/onboarding/texts.en.js'
import { rulesTexts } from '../features/rules/texts.en.js'

/** The catalogue's part for pages that are fetched when they are first opened: it comes with them. */
export const lateEn = {
  device: deviceTexts,
  onboarding: onboardingTexts,
  addDevice: addDeviceTexts,
  alertPages: alertPageTexts,
  rules: rulesTexts,
  maintenance: maintenanceTexts,
  channels: channelsTexts,
  audit: auditTexts,
  faults: FIELD_FAULTS,
}
