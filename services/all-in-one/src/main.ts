import { ownVersion, runMain } from '@iot/runtime'
import { banner } from './banner.js'
import { boundHeapGrowth } from './bound-heap-growth.js'
import { allInOneVariables } from './config.js'
import { createAllInOne } from './create-all-in-one.js'

boundHeapGrowth()
await runMain({
  environment: process.env,
  variables: allInOneVariables,
  version: ownVersion(import.meta.url),
  async create(parts) {
    const { components, addresses } = await createAllInOne(parts)
    const { DATABASE_URL, DATA_DIR, DEMO } = parts.config
    return {
      components,
      onReady() {
        const data = DATABASE_URL ? 'DATABASE_URL' : DATA_DIR
        process.stdout.write(banner({ ...addresses(), data, demo: DEMO }))
      },
    }
  },
})
