import type { KubeObject } from "../../../kube/mod.ts";

/** What a webhook is asked about. */
export interface Review<T extends KubeObject = KubeObject> {
  uid: string;
  object: T;
  oldObject?: T | null;
  dryRun?: boolean;
}

/** What it answers; a review without an error is let through. */
export interface Verdict {
  warnings: string[];
  error?: string;
}
