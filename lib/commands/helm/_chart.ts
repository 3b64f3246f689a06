import type { Lab } from "../../labs/lab.ts";

export type Chart = Lab["charts"][number];
