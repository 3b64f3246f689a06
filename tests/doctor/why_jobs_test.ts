import assert from "node:assert/strict";
import { ScenarioLab } from "../scenarios/_lab.ts";
import { readWhyJson } from "./_answer_json.ts";

/** A ScaledJob whose Jobs take an item of a list and work on it for eight seconds, after what sed makes of it. */
const PAGE = "examples/05_queues/scaledjob.yaml";
const applied = (...edits: string[]) =>
  `sed ${edits.map((edit) => `-e '${edit}'`).join(" ")} ${PAGE} | kubectl apply -f -`;
const push = (count: number) =>
  `kubectl exec deploy/redis -- sh -c 'for i in $(seq ${count}); do redis-cli RPUSH reports $i; done'`;
const EMPTY = "kubectl exec deploy/redis -- redis-cli DEL reports";

interface Row {
  name: string;
  lines: string[];
  wait?: string;
  /** The first hop that is broken, and its cause; "whole" where none is, "waiting" where it is to come. */
  at: [hop: string, cause: string] | "whole" | "waiting";
  /** What `why` prints; a pattern of lines sees them as they are, others see one long line. */
  shows: RegExp[];
}

const ROWS: Row[] = [
  {
    name: "a ScaledJob that is not there",
    lines: [],
    at: ["scaledjob", "scaledjob-missing"],
    shows: [/There is no ScaledJob reporter in default\./],
  },
  {
    name: "one that KEDA has not looked at",
    lines: [`kubectl apply -f ${PAGE}`],
    at: "waiting",
    shows: [
      /^scaledjob +waits +ScaledJob reporter: not looked at yet$/m,
      /first look at the ScaledJob/,
    ],
  },
  {
    name: "a server that is not there",
    lines: [],
    wait: "10s",
    at: ["scaledjob", "scaledjob-refused"],
    shows: [
      /Failed to ensure ScaledJob is correctly created: connection to redis failed: dial tcp: lookup redis\.default/,
      /grep ERROR \| grep reporter/,
    ],
  },
  {
    name: "an empty queue",
    lines: [
      "kubectl apply -f examples/05_queues/redis.yaml",
      "kubectl wait --for=condition=Available deploy/redis --timeout=120s",
    ],
    wait: "2m",
    at: "whole",
    shows: [
      /^trigger +ok +redis \(s0-redis-reports\): KEDA says it is not active/m,
      /0 ÷ 1 at the last poll: no trigger is active, no Job is/,
    ],
  },
  {
    name: "twelve messages",
    lines: [push(12)],
    wait: "12s",
    at: "whole",
    shows: [
      /^jobs +ok +5 running, 0 not begun/m,
      /12 ÷ 1 at the last poll → 5, at most 5; 5 run, 0 not begun: 0 more \(accurate\)/,
    ],
  },
  {
    name: "an annotation pauses it",
    lines: ["kubectl annotate sj reporter autoscaling.keda.sh/paused=true"],
    wait: "1s",
    at: ["scaledjob", "scaledjob-paused"],
    shows: [
      /pauses the ScaledJob[^]*KEDA starts no Job/,
      /annotate scaledjob reporter autoscaling/,
    ],
  },
  {
    name: "taken up again",
    lines: ["kubectl annotate sj reporter autoscaling.keda.sh/paused-"],
    wait: "5s",
    at: "whole",
    shows: [/^scaledjob +ok +ScaledJob reporter: Ready=True Active=True Paused=False$/m],
  },
  {
    name: "the server goes away",
    lines: ["kubectl scale deploy redis --replicas=0"],
    wait: "40s",
    at: ["trigger", "trigger-failing"],
    shows: [
      /The redis trigger gives no value \(address: redis\.default:6379\)/,
      /connection refused/,
    ],
  },
  {
    name: "a Job that the API refuses",
    lines: [
      "kubectl scale deploy redis --replicas=1",
      "kubectl wait --for=condition=Available deploy/redis --timeout=120s",
      push(1),
      applied("s/restartPolicy: Never/restartPolicy: Always/"),
    ],
    wait: "15s",
    at: ["jobs", "jobs-not-made"],
    shows: [/The Jobs cannot be made: [^]*spec\.template\.spec\.restartPolicy/],
  },
  {
    name: "an image that nobody has",
    lines: [applied("s/redis:8/rediss:8/")],
    wait: "1m",
    at: ["jobs", "job-pods-not-ready"],
    shows: [/of a Job does not run \(ImagePullBackOff\)/],
  },
  {
    name: "a command that fails",
    lines: [applied("s/redis-cli -h redis LPOP reports/echo no key >\\&2; false/")],
    wait: "90s",
    at: ["jobs", "jobs-failing"],
    shows: [/Job has reached the specified backoff limit; [^]*Error: no key/],
  },
  {
    name: "a scaler that is misspelt",
    lines: [applied("s/type: redis/type: rediss/")],
    wait: "10s",
    at: ["trigger", "scaler-type-unknown"],
    shows: [
      /KEDA has no scaler for type rediss; the nearest is redis\./,
      /patch scaledjob reporter/,
    ],
  },
  {
    name: "a cpu trigger",
    lines: [applied("s/type: redis/type: cpu/")],
    wait: "10s",
    at: ["trigger", "resource-trigger-of-a-scaledjob"],
    shows: [/Trigger 0 is cpu, which an HPA measures/],
  },
  {
    name: "a parameter that is missing",
    lines: [applied("s/listName:/listname:/")],
    wait: "10s",
    at: ["trigger", "trigger-failing"],
    shows: [/write listName in the metadata of trigger 0 of the ScaledJob/],
  },
  {
    name: "an authentication that is missing",
    lines: [applied("s/- type: redis/- authenticationRef: {name: key}\\n      type: redis/")],
    wait: "10s",
    at: ["authentication", "authentication-missing"],
    shows: [/names the TriggerAuthentication key, which is not there/],
  },
  {
    name: "mended",
    lines: [EMPTY, `kubectl apply -f ${PAGE}`],
    wait: "2m",
    at: "whole",
    shows: [/^jobs +ok +0 running, 0 not begun, 0 complete, 0 failed$/m],
  },
  {
    name: "more than the nodes take",
    lines: [
      applied('s/image: redis:8/&\\n            resources: {requests: {cpu: "900"}}/'),
      push(1),
    ],
    wait: "15s",
    at: ["jobs", "job-pods-not-ready"],
    shows: [
      /does not run \(Pending\): [^]*Insufficient cpu/,
      /lower maxReplicaCount or what a Job's pod requests/,
    ],
  },
  {
    name: "a minimum",
    lines: [applied("s/maxReplicaCount: 5/maxReplicaCount: 5\\n  minReplicaCount: 2/"), push(3)],
    wait: "3s",
    at: "whole",
    shows: [/at most 3 beyond the 2 that always run/],
  },
];

Deno.test("why names what keeps a ScaledJob from its work", async (t) => {
  const lab = await ScenarioLab.open(5);
  try {
    for (const line of ["make install-kind install-keda"]) {
      assert.equal((await lab.run(line)).exitCode, 0, line);
    }
    for (const { name, lines, wait, at, shows } of ROWS) {
      await t.step(name, async () => {
        for (const line of lines) {
          const { text, exitCode } = await lab.run(line);
          assert.equal(exitCode, 0, `$ ${line}\n${text}`);
        }
        if (wait) await lab.pass(wait);
        const { text } = await lab.run("why sj/reporter");
        const [found] = readWhyJson((await lab.run("why sj/reporter -o json")).text).diagnoses;
        if (typeof at === "string") assert.equal(found.verdict, at, text);
        else assert.deepEqual([found.first?.hop, found.first?.cause], at, text);
        const flat = text.replaceAll(/\s*\n\s*/g, " ");
        for (const pattern of shows) assert.match(pattern.multiline ? text : flat, pattern);
      });
    }

    await t.step("it stands among the others, and ends as they do", async () => {
      const { text, exitCode } = await lab.run("why");
      assert.match(text, /^ok +hpa\/keda-hpa-redis-worker \(default\)/m);
      assert.match(text, /^ok +sj\/reporter \(default\)$/m);
      assert.equal(exitCode, 0);
    });
  } finally {
    await lab.close();
  }
});
