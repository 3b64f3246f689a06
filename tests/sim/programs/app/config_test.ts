import assert from "node:assert/strict";
import { readConfig } from "../../../../lib/sim/programs/app/config.ts";
import { DEFAULT_CONFIG } from "../../../../lib/sim/programs/app/defaults.ts";
import { AppWorld } from "./_world.ts";

function problems(text: string): readonly string[] {
  return readConfig(text, "app.yaml").problems ?? [];
}

Deno.test("the configuration to begin with is a good one, and so is none", () => {
  assert.deepEqual(problems(DEFAULT_CONFIG), []);
  assert.deepEqual(problems(""), []);
});

/** What is written, and what is said of it. */
const MISTAKES: [string, string[]][] = [
  ["routes: [/]", ["app.yaml:1: routes: must be a map of paths, not a list"]],
  ["route: {}", ["app.yaml:1: route: is not known here; do you mean routes?"]],
  ["port: 70000", ["app.yaml:1: port: 70000 is no port"]],
  ["start: 5", ['app.yaml:1: start: "5" is no duration up to 1h: write it as 20ms or 1.5s']],
  ["memory: 5MB", ['app.yaml:1: memory: "5MB" is no amount of memory: write it as 64Ki or 5Mi']],
  ["log: $metod", [
    "app.yaml:1: log: $metod is not known here; do you mean $method?; a dollar is written $$",
  ]],
  ["routes:\n  work: hi", ["app.yaml:2: routes.work: a path begins with /"]],
  [
    "routes:\n  /:\n    latencey: 5ms\n    status: 99",
    [
      "app.yaml:3: routes./.latencey: is not known here; do you mean latency?",
      'app.yaml:4: routes./.status: "99" is no HTTP status: write one from 200 to 599',
    ],
  ],
  ["routes:\n  /: a\n  /: b", ["app.yaml:3: routes./: stands here twice"]],
  ["routes: {/: {latency: 9ms..2ms}}", [
    'app.yaml:1: routes./.latency: "9ms..2ms" ends before it begins',
  ]],
  ["routes: {/: {fails: 120%}}", [
    'app.yaml:1: routes./.fails: "120%" is no chance: write it as 5% or 0.05',
  ]],
  [
    "routes: {/: {puts: job}}\nqueues: {jobs: {}}",
    [
      'app.yaml:1: routes./.puts: no queue "job" stands under queues; do you mean jobs?; another app\'s is ' +
      "named by its URL, as in http://broker/queues/jobs",
    ],
  ],
  ["metrics: {a: {}}", ["app.yaml:1: metrics.a: type is missing: counter, gauge or histogram"]],
  ["metrics: {a-b: {type: gauge}}", [
    "app.yaml:1: metrics.a-b: a metric's name is of letters, digits, _ and :",
  ]],
  ["metrics: {a: {type: summary}}", [
    'app.yaml:1: metrics.a.type: "summary" is none of counter, gauge, histogram',
  ]],
  [
    "metrics: {a: {type: counter, sets: {}, perSecond: -1}}",
    [
      "app.yaml:1: metrics.a.sets: a counter has none; a gauge has",
      "app.yaml:1: metrics.a.perSecond: a counter never falls",
    ],
  ],
  [
    "routes: {/order: x}\nmetrics:\n  a: {type: counter, on: /orders}",
    ['app.yaml:3: metrics.a.on: no path "/orders" stands under routes; do you mean /order?'],
  ],
  [
    "metrics: {a: {type: gauge, start: 1, labels: {code: $code}}}",
    ["app.yaml:1: metrics.a: its labels tell of requests, so that start would be nobody's"],
  ],
  ["metrics: {a: {type: histogram, labels: {le: x}}}", [
    "app.yaml:1: metrics.a.labels.le: le is the histogram's own",
  ]],
  ["metrics: {a: {type: histogram, buckets: [2, 1]}}", [
    "app.yaml:1: metrics.a.buckets: each number must be above the one before",
  ]],
  ["metrics: {a: {type: gauge, of: queues/x}}", [
    'app.yaml:1: metrics.a.of: "queues/x" is none of requests',
  ]],
  ["metrics: {a: {type: gauge, wave: {low: 3, high: 1}}}", [
    "app.yaml:1: metrics.a.wave: low 3 is above high 1",
  ]],
  ["queues: {a b: {}}", [
    "app.yaml:1: queues.a b: a queue's name is of letters, digits, dots, _ and -",
  ]],
  ["queues: {a: {arrives: {low: 1}}}", ["app.yaml:1: queues.a.arrives: high is missing"]],
  ["workers: {}", ["app.yaml:1: workers: must be a list of workers, not a map"]],
  ["workers: [{count: 200}]", [
    "app.yaml:1: workers[0]: queue is missing",
    "app.yaml:1: workers[0].count: at most 100 in a pod",
  ]],
  [
    "queues: {a: {}}\nworkers: [{queue: a}, {queue: a}]",
    ['app.yaml:2: workers[1]: "a" has workers already: give those a higher count'],
  ],
];

for (const [text, said] of MISTAKES) {
  Deno.test(`a configuration that is wrong is told by line and place: ${text.replaceAll("\n", " ⏎ ")}`, () => {
    assert.deepEqual(problems(text), said);
  });
}

Deno.test("YAML that is none is told in the words that other tools have for it", () => {
  assert.deepEqual(problems("routes:\n  /: {body: x"), [
    "app.yaml: yaml: line 2: did not find expected ',' or '}'",
  ]);
});

Deno.test("an app with a wrong configuration says so in its log and where it ends", () => {
  const world = new AppWorld();
  const container = world.start("port: x\nroute: {}");
  const said = [
    'app.yaml:1: port: "x" is no whole number',
    "app.yaml:2: route: is not known here; do you mean routes?",
  ];
  assert.deepEqual(container.lines, said);
  assert.equal(container.exitCode, 1);
  assert.equal(container.options.files!["/dev/termination-log"], said.join("\n"));
});

Deno.test("a ConfigMap with another key is told by what is there", () => {
  const world = new AppWorld();
  const container = world.start(undefined, { files: { "/etc/app/config.yaml": "port: 1" } });
  assert.deepEqual(container.lines, [
    "no /etc/app/app.yaml: there is /etc/app/config.yaml; the ConfigMap's key has to be app.yaml",
  ]);
  assert.equal(container.exitCode, 1);
});
