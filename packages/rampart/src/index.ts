export { FAULTS_MAX, fixedView } from './fixed-view.js'
export type { RampartOptions } from './rampart.js'
export { rampart, rampartLayers } from './rampart.js'
