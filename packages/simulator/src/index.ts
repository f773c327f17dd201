export type { Liar, LiarContext } from './byzantine.js'
export {
  anyhow,
  combine,
  corrupt,
  crashAfter,
  delayed,
  duplicate,
  FLOOD_MESSAGES_MAX,
  flood,
  garbage,
  honest,
  mute,
  muteTo,
  REPLAY_MEMORY_MAX,
  replay,
  selective,
} from './byzantine.js'
export { agreement, lemma2, uniformAgreement } from './checkers/agreement.js'
export { type Checker, type History, VIOLATIONS_MAX, type Violation } from './checkers/history.js'
export { integrity, lemma1, numbering, placement } from './checkers/integrity.js'
export {
  atomicCheckers,
  checkersFor,
  echoCheckers,
  judge,
  reliableCheckers,
  uniformCheckers,
} from './checkers/judge.js'
export { lemma3, order, uniformOrder } from './checkers/order.js'
export { uniqueViews, validity1, validity2 } from './checkers/validity.js'
export { type SimulatedNode, TOP } from './host.js'
export type { Delay, NetworkOptions } from './network.js'
export { heavyTail, slowChannels, uniform } from './network.js'
export { type Change, OracleMembership, type OracleOptions } from './oracle-membership.js'
export { Prng } from './prng.js'
export type { Account, Entry, Passing } from './record.js'
export { Recorder } from './record.js'
export { addSends, aroundSteps, type Parcel, type Rewrite, rewriteSends } from './rewrite.js'
export { type Outcome, runSeeds, type SeedFailure, type SeedsOptions } from './run-seeds.js'
export { SIGNATURE_BYTES, type SimulatedSuite, simulatedSuite } from './simulated-suite.js'
export { Simulation } from './simulation.js'
export {
  CLOCK_OFFSET_MS_MAX,
  EFFECTS_PER_STEP_MAX,
  type Script,
  type SimulationOptions,
  type Site,
  STEPS_MAX,
} from './simulation-options.js'
export { tap } from './tap.js'
export { type Describe, TRACE_LINES_MAX } from './trace.js'
export { genesisView, nextView } from './views.js'
