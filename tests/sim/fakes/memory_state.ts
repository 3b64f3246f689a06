/** A state file in memory. */
export { KeyValues as MemoryState } from "../../../lib/base/mod.ts";
