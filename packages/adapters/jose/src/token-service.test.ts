import { describeTokens } from '@iot/conformance'
import { createTokenService } from './token-service.js'

describeTokens('jose', (secret) => createTokenService({ secret }))
