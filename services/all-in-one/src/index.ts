export { type AllInOne, createAllInOne } from './create-all-in-one.js'
