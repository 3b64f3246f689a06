/**
 * The adapter's values as a learner wrote them: read, tried on the series that there are, compared with the release, and
 * solved. A door of its own beside mod.ts, because what is behind it (PromQL, the adapter's own code) is large: who needs
 * it loads it then.
 *
 * @module
 */
export { oneFieldSolved, solvedValues, whysOf } from "./solved_values.ts";
export {
  type AdapterState,
  adapterState,
  helmUpgradeIn,
  type Upgrade,
  upgradeSince,
} from "./upgrade.ts";
export { isMistake, readValues } from "./values_file.ts";
export * from "./values_report.ts";
