import type { FaultRecord } from "../../lib/sim/mod.ts";

/** Boot options under which every fault of the cluster fails the test at once. */
export const STRICT = {
  onFault({ label, stack }: FaultRecord): never {
    throw new Error(`Fault in ${label}: ${stack}`);
  },
};
