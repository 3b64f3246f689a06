import type { SeededRandom } from "../../lib/base/mod.ts";

type Json = any;

/** Scripts that recurse, loop, grow or flood in busybox's shell. */
const SCRIPTS = [
  "f() { f; }; f",
  "f() { f | f; }; f",
  "f() { x=$(f); echo $x; }; f",
  "f() { f $1 $1; }; f a",
  `x='eval "$x"'; eval "$x"`,
  "f() { (f); }; f",
  "f() { { f; }; f & }; f",
  "while true; do :; done",
  "until false; do true; done",
  "while :; do sleep 0; done",
  "while :; do echo a; done",
  "while :; do echo $(seq 1 1000); done",
  "for i in $(seq 1 100000000); do echo $i; done",
  "seq 1 100000000",
  "yes",
  "yes | cat | grep -v n | sort",
  "cat /dev/zero | head -c 9999999999 | wc -c",
  "x=a; while true; do x=$x$x; done",
  "x=$(yes)",
  "x=$(seq 1 100000000)",
  'set -- a; while :; do set -- "$@" "$@"; done',
  "while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa >> /tmp/f; done",
  "echo a > /tmp/f; while :; do cat /tmp/f /tmp/f > /tmp/g; mv /tmp/g /tmp/f; done",
  "printf '%1000000000s' x",
  "dd if=/dev/zero of=/tmp/f bs=1M count=99999",
  "head -c 9999999999 /dev/zero | tr '\\0' x",
  "echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab | grep -E '^(a+)+$'",
  "echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab | sed -E 's/(a*)*c/x/'",
  "awk 'BEGIN { while (1) s = s \"a\" }'",
  "awk 'BEGIN { while (1) print \"a\" }'",
  "while :; do sleep 1000 & done",
  "trap 'kill -9 $$' EXIT; exit 1",
  "while :; do wget -qO- http://<x>:9/; done",
  "while :; do wget -qO- http://kubernetes.default:443/; done",
  "wget -qO- 'http://[::1'",
  "echo $(( ${",
  "case x in",
  "if true; then",
  "cat <<EOF",
  "echo $((9223372036854775807 + 1)) $((1/0)) $((2**9999))",
  "while read line; do echo $line; done < /dev/zero",
  "a=$((",
  "exec sh -c 'exec sh -c \"f() { f; }; f\"'",
  "while :; do mkdir -p $(seq -s/ 1 200); cd 1; done",
  "i=0; while :; do i=$((i+1)); export v$i=$(seq 1 1000); done",
  "nc -l -p 80 | sh",
];

const WRAPS: ((script: string) => string)[] = [
  (script) => script,
  (script) => `(${script}\n)`,
  (script) => `{ ${script}\n}`,
  (script) => `eval '${script.replaceAll("'", `'\\''`)}'`,
  (script) => `g() { ${script}\n}; g`,
  (script) => `(${script}\n) | cat`,
  (script) => `(${script}\n) & wait`,
  (script) => `while :; do (${script}\n); done`,
  (script) => `echo "$(${script}\n)"`,
  (script) => `trap "" TERM; ${script}`,
  (script) => `${script} 2>&1 >/dev/null`,
];

/** A script that ends badly or never. */
export function bombScript(random: SeededRandom): string {
  let script = random.pick(SCRIPTS);
  for (let i = random.int(3); i > 0; i--) script = random.pick(WRAPS)(script);
  return script;
}

/** A pod whose containers, hooks or probes run such scripts. */
export function bombPod(random: SeededRandom, name: string): Json {
  const command = () => ["sh", "-c", bombScript(random)];
  const main: Json = { name: "main", image: "busybox", command: command() };
  const limits = random.pick([
    undefined,
    { memory: "64Mi" },
    { memory: "1Gi", cpu: "10m" },
    { cpu: "4" },
  ]);
  if (limits) main.resources = { limits };
  const spec: Json = {
    restartPolicy: random.pick(["Always", "OnFailure", "Never"]),
    containers: [main],
    terminationGracePeriodSeconds: random.pick([0, 1, 30]),
  };
  const probe = { exec: { command: command() }, periodSeconds: 1, timeoutSeconds: 1 };
  switch (random.int(8)) {
    case 0:
      main.livenessProbe = probe;
      main.command = ["sleep", "36000"];
      break;
    case 1:
      main.readinessProbe = probe;
      break;
    case 2:
      main.lifecycle = { postStart: { exec: { command: command() } } };
      break;
    case 3:
      main.lifecycle = { preStop: { exec: { command: command() } } };
      break;
    case 4:
      spec.initContainers = [{ name: "init", image: "busybox", command: command() }];
      break;
    case 5:
      main.readinessProbe = {
        httpGet: { host: random.pick(["bad host", "<x>", "[::1"]), port: 80 },
      };
      break;
    case 6:
      spec.containers.push({ name: "other", image: "busybox", command: command() });
  }
  return { apiVersion: "v1", kind: "Pod", metadata: { name, labels: { bomb: "pod" } }, spec };
}
