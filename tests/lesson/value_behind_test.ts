import assert from "node:assert/strict";
import { valueBehind } from "../../lib/lesson/_value_behind.ts";

/** A values file, what is said of its pod, and the line that is to blame. */
const ROWS: [values: string, said: string, shown: string | undefined][] = [
  [
    "fullnameOverride: prometheus-adapter\nimage: {tag: v0.99.0}\n",
    'Back-off pulling image "registry.k8s.io/prometheus-adapter/prometheus-adapter:v0.99.0"',
    "tag: v0.99.0",
  ],
  ["service: {port: 443}\n", "dial tcp 10.96.0.1:443: connection refused", undefined],
  ["rbac: {create: true}\n", "spec.x: Invalid value: must be true", undefined],
  [
    "nameOverride: debug\nlogLevel: debug\n",
    'invalid argument "debug" for "-v, --v" flag: strconv.ParseInt',
    "logLevel: debug",
  ],
  [
    "logLevel: 4\nextraArguments:\n  - --v=debug\n",
    'invalid argument "debug" for "-v, --v" flag: strconv.ParseInt',
    "--v=debug",
  ],
  ["extraArguments:\n  - --foo=1\n", "unknown flag: --foo", "--foo=1"],
  [
    "image:\n  tag: v0.12.0\n  pullPolicy: Never\n",
    'Container image "adapter:v0.12.0" is not present with pull policy of Never',
    "pullPolicy: Never",
  ],
  [
    "podLabels: {a: b}\nnodeSelector:\n  disk: ssd\n",
    "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.",
    "disk: ssd",
  ],
];

Deno.test("a pod's trouble is told with the line of the values that brings it about, or with none", () => {
  for (const [values, said, shown] of ROWS) {
    assert.equal(valueBehind(values, said)?.shown, shown, said);
  }
});
