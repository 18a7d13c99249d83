export { createTokenService, type TokenServiceOptions } from './token-service.js'
