import type { MqttClient } from 'mqtt'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { connectDevice } from '../../harness/devices.js'
import { prepareSystem, type System } from '../../harness/system.js'
import { openBrowser, openVisitor, type Visitor } from './browser.js'
import { WITH_ADMIN } from './sign-in.js'

/** What most browser tests stand on: a system that has its administrator, a device's connection, a browser. */
export interface Stage {
  readonly system: System
  readonly device: MqttClient
  openVisitor(options?: BrowserContextOptions): Promise<Visitor>
  close(): Promise<void>
}

export async function openStage(): Promise<Stage> {
  const system = await prepareSystem(WITH_ADMIN)
  let browser: Browser | undefined
  async function end(): Promise<void> {
    await browser?.close()
    await system.dispose()
  }
  try {
    system.launch()
    const opened = await openBrowser()
    browser = opened
    await system.ready()
    const device = await connectDevice(system)
    return {
      system,
      device,
      openVisitor: (options) => openVisitor(opened, system.url, options),
      async close() {
        await device.endAsync(true)
        await end()
      },
    }
  } catch (error) {
    // Half a stage is nobody's to close: the test has no hold of it.
    await end()
    throw error
  }
}
