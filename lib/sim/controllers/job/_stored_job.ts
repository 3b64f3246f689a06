import type { Job, models } from "../../../kube/mod.ts";

/** A Job as the API server stores it: with the defaults of its spec. */
export type StoredJob = Job & {
  spec: models.JobSpec & Required<Pick<models.JobSpec, "backoffLimit" | "parallelism">>;
};
