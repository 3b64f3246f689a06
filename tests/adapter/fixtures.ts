import { RestMapper } from "../../lib/kube/mod.ts";

/** A cluster's usual resources, in order of preference. */
export const mapper = new RestMapper([
  ...["pod", "service", "namespace", "node", "persistentvolume"].map((singular) => ({
    group: "",
    version: "v1",
    resource: `${singular}s`,
    singular,
    kind: singular[0].toUpperCase() + singular.slice(1),
  })),
  {
    group: "apps",
    version: "v1",
    resource: "deployments",
    singular: "deployment",
    kind: "Deployment",
  },
  { group: "batch", version: "v1", resource: "jobs", singular: "job", kind: "Job" },
]);
