export { type AllInOneConfig, readAllInOneConfig } from './config.js'
export { type AllInOne, createAllInOne } from './create-all-in-one.js'
