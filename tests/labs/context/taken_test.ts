import assert from "node:assert/strict";
import { PROJECT_URL } from "../../../lib/cli/context.ts";
import type { KubeObject } from "../../../lib/kube/mod.ts";
import { RemoteShell } from "../../../lib/shell/mod.ts";
import { seedWorkspace } from "../../../lib/tutor/mod.ts";
import { census } from "./_census.ts";
import { Served } from "./_served.ts";

Deno.test("what a lesson would install and somebody has is refused, and stays as it is", async () => {
  await using served = await Served.begin();
  const { lab, others } = await served.openLab();
  const workspaceDir = `${await served.folder()}/work`;
  await seedWorkspace({ projectUrl: PROJECT_URL, workspaceDir });
  const shell = new RemoteShell({ lab, workspaceDir });
  try {
    await others.create("apiregistration.k8s.io/v1/apiservices", {}, {
      apiVersion: "apiregistration.k8s.io/v1",
      kind: "APIService",
      metadata: {
        name: "v1beta1.metrics.k8s.io",
        labels: { "app.kubernetes.io/managed-by": "Helm" },
        annotations: {
          "meta.helm.sh/release-name": "ms",
          "meta.helm.sh/release-namespace": "kube-system",
        },
      } as KubeObject["metadata"],
      spec: {
        group: "metrics.k8s.io",
        version: "v1beta1",
        groupPriorityMinimum: 100,
        versionPriority: 100,
        insecureSkipTLSVerify: true,
        service: { namespace: "kube-system", name: "ms" },
      },
    });
    const before = await census(others);
    const { exitCode, printed } = await shell.run("make install-metrics-server");
    assert.notEqual(exitCode, 0);
    assert.match(printed, /APIService "v1beta1\.metrics\.k8s\.io"/);
    assert.match(printed, /current value is "ms"/);
    await lab.leave();
    assert.deepEqual(await census(others), before);
  } finally {
    shell.close();
    await lab.close();
  }
});
