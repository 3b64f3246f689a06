import assert from "node:assert/strict";
import { runTask, Seat, taskArguments, withHome } from "../cli/_user.ts";

/** Files that lines name, in the learner's folder. */
const FILES: Record<string, string> = {
  "probe.yaml": `apiVersion: v1
kind: Pod
metadata: {name: probed}
spec: {containers: [{name: c, image: nginx, readinessProbe: {httpGet: {host: bad host, port: 80}}}]}
`,
  "kind.yaml": "apiVersion: v1\nkind: {a: null}\n",
  "hooks.yaml": `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: w}
webhooks: [null]
`,
  "maps.yaml": ["a", "b", "c"].map((name) =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`
  ).join("---\n"),
  "indexed.yaml": `apiVersion: batch/v1
kind: Job
metadata: {name: big}
spec:
  completionMode: Indexed
  parallelism: 2000000000
  completions: 2000000000
  template: {spec: {restartPolicy: Never, containers: [{name: c, image: busybox}]}}
`,
};

const CIRCLE = "for p in a:b b:c c:a; do o=${p%:*}; n=${p#*:}; " +
  "u=$(kubectl get cm $n -o jsonpath={.metadata.uid}); kubectl patch cm $o --type=merge -p " +
  '"{\\"metadata\\":{\\"ownerReferences\\":[{\\"apiVersion\\":\\"v1\\",\\"kind\\":\\"ConfigMap\\",' +
  '\\"name\\":\\"$n\\",\\"uid\\":\\"$u\\",\\"blockOwnerDeletion\\":true}]}}"; done';

/** Lines that end, hang or brick what has no fences, and what they say here. */
const INPUTS: [what: string, lines: string[], says: RegExp][] = [
  [
    "a function that calls itself",
    [
      "kubectl run bomb --image=busybox --restart=Never -- sh -c 'f() { f; }; f'",
      "clock +20s",
      "kubectl get pod bomb -o jsonpath='{.status.containerStatuses[0].state.terminated.exitCode}'",
    ],
    /139$/,
  ],
  [
    "a text that doubles",
    [
      "kubectl run grow --image=busybox --restart=Never -- sh -c 'x=a; while true; do x=$x$x; done'",
      "clock +20s",
      "kubectl get pod grow --no-headers",
    ],
    /OOMKilled/,
  ],
  [
    "an address that is none",
    [
      "kubectl run w --image=busybox --restart=Never -i --rm -- wget -qO- 'http://<x>:9/'",
    ],
    /wget: bad address '<x>:9'/,
  ],
  [
    "a probe's host that is none",
    ["kubectl apply -f probe.yaml", "clock +1m", "kubectl describe pod probed"],
    /Readiness probe failed: .*invalid character " " in host name/,
  ],
  [
    "an expression that goes back",
    [
      "kubectl run g --image=busybox --restart=Never -- sh -c " +
      "'echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab | grep -E \"^(a+)+$\"; echo done $?'",
      "clock +20s",
      "kubectl logs g",
    ],
    /done 1/,
  ],
  [
    "a busy pod",
    ["kubectl run busy --image=busybox -- seq 1 100000000", "clock +1m", "kubectl get pod busy"],
    /busy +1\/1 +Running/,
  ],
  ["an unfinished line", ["echo $(( ${"], /bash: unexpected EOF while looking for matching `\)'/],
  [
    "an unfinished text that eval reads",
    ["eval 'echo $(( ${'"],
    /bash: eval: unexpected EOF while looking for matching `\)'/,
  ],
  [
    "an unfinished text of bash's",
    ["bash -c 'echo $(( ${'"],
    /unexpected EOF while looking for matching `\)'/,
  ],
  ["a line that doubles a text", ["x=a; while true; do x=$x$x; done; echo $?"], /^bash: /],
  [
    "a name that is too long",
    ["echo x > $(printf 'a%.0s' {1..300}); echo $?"],
    /^1\n[^]*File name too long$/,
  ],
  [
    "a folder that is not there",
    ["echo a > nodir/x; echo $?; ls"],
    /^1\n[^]*No such file or directory$/,
  ],
  ["a kind that is no text", ["kubectl apply -f kind.yaml"], /kind isn't string type/],
  [
    "a webhook that is null",
    ["kubectl apply -f hooks.yaml"],
    /webhooks\[0\]\.name: Required value/,
  ],
  [
    "a text that moves the cursor",
    [
      "kubectl annotate node hpa-practice-worker x=$'\\e]0;x\\a\\e[2J'",
      "kubectl describe node hpa-practice-worker",
    ],
    /x: \^\[\]0;x.\^\[\[2J/,
  ],
  [
    "objects that own each other",
    [
      "kubectl apply -f maps.yaml",
      CIRCLE,
      "kubectl delete cm a --cascade=foreground --wait=false",
      "clock +30s",
      "kubectl get cm -o name",
    ],
    /deleted[^]*Z {2}x10\nconfigmap\/kube-root-ca\.crt$/,
  ],
  [
    "two milliard indexes",
    ["kubectl apply -f indexed.yaml"],
    /must be less than or equal to 100000/,
  ],
];

Deno.test("what ends or hangs a lab without fences fails alone, in exec", async (t) => {
  await withHome(async (home) => {
    const exec = (...lines: string[]) => runTask("tutor", ["exec", ...lines, "--home", home]);
    assert.equal((await exec("make install-kind")).code, 0);
    for (const [name, text] of Object.entries(FILES)) {
      await Deno.writeTextFile(`${home}/work/${name}`, text);
    }
    for (const [what, lines, says] of INPUTS) {
      await t.step(what, async () => {
        const { stdout, stderr } = await exec(...lines);
        assert.match((stdout + stderr).trimEnd(), says);
        assert.doesNotMatch(stdout + stderr, /mistake|RangeError|at file:/);
      });
    }
    const { stdout } = await exec("kubectl get pods -o name");
    assert.match(stdout, /pod\/bomb\npod\/busy\n/, "and it is there after every restart");
  });
});

Deno.test("Ctrl-C ends what never pauses, at a terminal", () =>
  withHome(async (home) => {
    const seat = new Seat([...taskArguments("tutor"), "--home", home, "--lang", "en"]);
    const prompt = /\d+\.\d+ x10 \$ /;
    await seat.sees(prompt);
    for (
      const line of [
        "while true; do :; done",
        "while true; do echo a; done",
        "for i in $(seq 1 100000); do echo $i; done | tail -1",
        'a0=1; for i in {1..60}; do let "a$i=0"; eval "a$i=a$((i-1))+a$((i-1))"; done; echo $((a60))',
      ]
    ) {
      await seat.types(`${line}\r`);
      await new Promise((resolve) => setTimeout(resolve, 300));
      await seat.types("\x03");
      await seat.sees(/\^C/);
      await seat.sees(prompt);
    }
    await seat.types("echo $(( ${\r");
    await seat.sees(/\n> /);
    await seat.types("\x03");
    await seat.sees(prompt);
    await seat.types("quit\r");
    assert.equal(await seat.leaves(), 0);
  }));
