import assert from "node:assert/strict";
import { ScenarioLab } from "./_lab.ts";

const OPERATOR = /^keda-operator-[a-z0-9]+-[a-z0-9]{5} +1\/1 +Running +(\S+)/m;

Deno.test("KEDA's operator restarts once when it has made its certificates, and never where they are", async () => {
  const lab = await ScenarioLab.open(5);
  const restarts = async () =>
    OPERATOR.exec((await lab.run("kubectl -n keda get po")).text)?.[1] ?? "";
  try {
    await lab.play(["make install", "make install-keda"]);
    assert.equal(await restarts(), "1");
    const { text: before } = await lab.run("kubectl -n keda logs -p deploy/keda-operator");
    assert.match(before, /\tINFO\tcert-rotation\trefreshing CA and server certs\n/);
    assert.match(before, /; exiting so pod can be restarted \(This behaviour/);
    await lab.pass("30s");
    const { text: log } = await lab.run("kubectl -n keda logs deploy/keda-operator");
    assert.match(log, /\tINFO\tcert-rotation\tno cert refresh needed\n/);
    // It waits for the lease that its own first run still holds.
    const seconds = [
      ...log.matchAll(/^I\d{4} \d\d:(\d\d):(\d\d)\.\d{6} .*"(?:Attempting|Successfully)/gm),
    ]
      .map(([, minute, second]) => Number(minute) * 60 + Number(second));
    assert.equal(seconds.length, 2);
    assert.ok(seconds[1] - seconds[0] >= 15, `${seconds}`);
    const { text: events } = await lab.run("kubectl -n keda get events");
    assert.match(
      events,
      /LeaderElection +lease\/operator\.keda\.sh +keda-operator-\S+ became leader/,
    );
    const { text: server } = await lab.run(
      "kubectl -n keda logs deploy/keda-operator-metrics-apiserver",
    );
    assert.match(
      server,
      /^W\d{4} \S+ +1 logging\.go:55\] \[core\] .*9666: connect: connection refused"$/m,
    );
    assert.match(server, /successfully established/);
    await lab.run("helm -n keda uninstall keda");
    await lab.play(["make install-keda"]);
    assert.equal(await restarts(), "0");
  } finally {
    await lab.close();
  }
});
