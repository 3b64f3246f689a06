import { KeyValues } from "../../base/mod.ts";
import type { StateFile } from "../seams.ts";

/** A state file that lives and dies with the process, for tests and throw-away labs. */
export function memoryState(): StateFile {
  return new KeyValues();
}
