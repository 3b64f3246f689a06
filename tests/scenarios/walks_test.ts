import assert from "node:assert/strict";
import { ScenarioLab } from "./_lab.ts";

/** The lines that a page of an example has its reader type. */
function typedIn(page: string): string[] {
  const url = new URL(`../../examples/${page}`, import.meta.url);
  return Deno.readTextFileSync(url).split("\n")
    .filter((line) => line.startsWith("$ ")).map((line) => line.slice(2));
}

/** What lines of a walk show, by how they begin; of each as many as there are such lines. */
type Shown = [line: string, ...patterns: RegExp[]][];

const OWN_METRICS: Shown = [
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

const QUEUES: Shown = [
  ["kubectl exec deploy/redis -- redis-cli LLEN jobs", /^(?:2\d|3\d)$/m, /^0$/m],
  ["kubectl get scaledobject redis-worker", /True +True/],
  ["kubectl get deploy redis-worker", /redis-worker +\d\/[2-5]/, /redis-worker +0\/0/],
  ["kubectl exec deploy/rabbitmq -- rabbitmqctl list_queues", /^mails\t(?:2|3)\d$/m],
  ["kubectl get deploy mailer", /mailer +\d\/[2-5]/, /mailer +0\/0/],
  ["kubectl get scaledjob reporter", /^reporter +5 +True +True +False +redis /m],
  [
    "kubectl get jobs -l scaledjob",
    /^(?:NAME .*\n)(?:reporter-\S+ +(?:Running|Complete) .*\n){5,6}$/,
    /^(?:NAME .*\n)(?:reporter-\S+ +Complete +1\/1 .*\n){3}$/,
  ],
  ["kubectl exec deploy/redis -- redis-cli LLEN reports", /^0$/m],
  ["kubectl logs -l scaledjob", /^(?:\d+\n){3}$/],
  [
    "kubectl events --for scaledjob/reporter",
    /KEDAJobsCreated +ScaledJob\/reporter +Created 5 jobs/,
  ],
];

/** Plays what a page has its reader type, in each language, and looks at what it shows. */
async function walk(folder: string, shows: Shown): Promise<void> {
  const lines = typedIn(`${folder}/README.md`);
  assert.deepEqual(typedIn(`${folder}/README.ko.md`), lines);
  const lab = await ScenarioLab.open(7);
  try {
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
    for (const [begin, ...patterns] of shows) {
      const texts = shown.filter(([line]) => line.startsWith(begin)).map(([, text]) => text);
      assert.equal(texts.length, patterns.length, begin);
      patterns.forEach((pattern, i) => assert.match(texts[i], pattern, `${begin}\n${texts[i]}`));
    }
  } finally {
    await lab.close();
  }
}

Deno.test("the walk from an app of one's own to an HPA ends as its page says", () =>
  walk("04_own_metrics", OWN_METRICS));

Deno.test("the walk of workers by the length of a queue ends as its page says", () =>
  walk("05_queues", QUEUES));
