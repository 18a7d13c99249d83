import { describePasswordHasher } from '@iot/conformance'
import { createPasswordHasher } from './password-hasher.js'

describePasswordHasher('argon2id', () => createPasswordHasher())
