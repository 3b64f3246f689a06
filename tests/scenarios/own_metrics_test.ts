import assert from "node:assert/strict";
import { ScenarioLab } from "./_lab.ts";

const FOLDER = new URL("../../examples/04_own_metrics/", import.meta.url);

/** The lines that a page has its reader type. */
function typedIn(page: string): string[] {
  return Deno.readTextFileSync(new URL(page, FOLDER)).split("\n")
    .filter((line) => line.startsWith("$ ")).map((line) => line.slice(2));
}

/** What the lines of the walk show, by how they begin; the last of those that are typed twice. */
const SHOWN: [line: string, ...patterns: RegExp[]][] = [
  ["kubectl exec deploy/shop -- curl -s localhost:8080/order", /^order taken by shop-/],
  ["kubectl exec deploy/shop -- curl -s localhost:8080/metrics", /^shop_orders_total 1$/m],
  ["kubectl get --raw", /"metricName":"shop_orders_per_second"/],
  ["kubectl get hpa shop", /\d+m?\/4 +1 +8 +[23] /, /0\/4 +1 +8 +1 /],
  ["why hpa/shop", /the chain is whole/],
  ["kubectl exec deploy/broker -- curl -s -X POST", /"length":400,"added":400/],
  [
    "kubectl get scaledobject,hpa",
    /keda-hpa-worker +Deployment\/worker +\S+\/20 \(avg\) +1 +10 +[1-9]/,
  ],
  ["kubectl exec deploy/broker -- curl -s localhost:8080/queues/jobs", /"length":0/],
  ["kubectl get deploy worker", /worker +0\/0/],
];

Deno.test("the walk from an app of one's own to an HPA ends as its page says", async () => {
  const lines = typedIn("README.md");
  assert.deepEqual(typedIn("README.ko.md"), lines);
  const lab = await ScenarioLab.open(7);
  try {
    await lab.run("make install");
    const shown: [string, string][] = [];
    for (const line of lines) {
      const waited = /^clock \+(\S+)$/.exec(line)?.[1];
      if (waited !== undefined) {
        await lab.pass(waited);
        continue;
      }
      const { text, exitCode } = await lab.run(line);
      assert.equal(exitCode, 0, `$ ${line}\n${text}`);
      shown.push([line, text]);
    }
    for (const [begin, ...patterns] of SHOWN) {
      const texts = shown.filter(([line]) => line.startsWith(begin)).map(([, text]) => text);
      assert.equal(texts.length, patterns.length, begin);
      patterns.forEach((pattern, i) => assert.match(texts[i], pattern, begin));
    }
  } finally {
    await lab.close();
  }
});
