import type { FaultRecord } from "../../lib/sim/mod.ts";

/** Boot options under which every fault of the cluster fails the test at once. */
export const STRICT = {
  onFault({ label, stack }: FaultRecord): void {
    // That is a time of the wall's: a busy machine is no fault of a controller.
    if (stack.includes("Reconciled for more than")) return;
    throw new Error(`Fault in ${label}: ${stack}`);
  },
};
