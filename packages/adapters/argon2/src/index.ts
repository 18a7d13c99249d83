export { createPasswordHasher, HasherBusy } from './password-hasher.js'
