import type { SeededRandom } from "../../lib/base/mod.ts";
import { bombQuery } from "./_api_bombs.ts";
import { bombScript } from "./_container_bombs.ts";

/** Lines that loop, nest, grow or are not whole, in the learner's shell. */
const LINES = [
  "while true; do :; done",
  "while true; do echo a; done",
  "until false; do true; done",
  "for ((;;)); do :; done",
  "for i in $(seq 1 100000); do echo $i; done | tail -1",
  "seq 1 100000000",
  "yes",
  "yes | head -c 100000000 | wc -c",
  "echo $(( ${",
  "echo $((",
  "echo ${a:-${b:-${c",
  "echo `echo `echo",
  "cat <<EOF",
  "case x in",
  "if true; then",
  "f() { f; }; f",
  "f() { f | f; }; f",
  "f() { (f); }; f",
  'f() { echo "$(f)"; }; f',
  `x='eval "$x"'; eval "$x"`,
  "eval 'echo $(('",
  "eval 'while true; do eval :; done'",
  "x=a; while true; do x=$x$x; done",
  "x=a; for i in {1..40}; do x+=$x; done; echo ${#x}",
  "x=$(yes)",
  "echo {1..100000000}",
  "echo {a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}",
  "printf '%1000000000s' x",
  "printf '%0*d' 999999999 1",
  "[[ aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab =~ ^(a+)+$ ]]",
  "echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab | grep -E '^(a+)+$'",
  "echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab | sed -E 's/^(a+)+$/x/'",
  "echo a | awk '{ while (1) s = s \"a\" }'",
  "awk 'BEGIN { while (1); }'",
  "sed ':a;s/^/x/;ta' <<< a",
  "jq -n '[range(1e9)]'",
  "jq -n 'def f: f; f'",
  "while read x; do echo $x; done < <(yes)",
  "declare -A m; for ((i=0;;i++)); do m[$i]=$i; done",
  "a=(); while :; do a+=(x); done",
  "sleep 1000000",
  "sleep inf & wait",
  "cat",
  "kubectl get pods -A -w",
  "kubectl logs -f deployment/nginx-custom-metric",
  "kubectl wait --for=delete namespace/default --timeout=1h",
  "echo x > $(printf 'a%.0s' {1..300})",
  "echo a > nodir/x",
  "mkdir -p $(printf 'a/%.0s' {1..2000})",
  "source /dev/stdin",
  "echo 'source loop.sh' > loop.sh; source loop.sh",
  "printf 'all:\\n\\tmake all\\n' > Loop.mk; make -f Loop.mk",
  "alias a=a; a",
  "exec true",
  "exit 1",
  "set -e; false",
  "set -u; echo $nothing",
  "PATH=; ls",
  "unset PATH; IFS=a; readonly HOME=x; cd",
  "trap 'while :; do :; done' EXIT",
  "helm template operator prometheus-community/kube-prometheus-stack --set a=$(seq -s, 1 100000)",
  "curl -s http://127.0.0.1:30950/api/v1/query?query=$(printf 'x%.0s' {1..100000})",
  "load --help; load http://127.0.0.1:30951 --rate 1e9",
  "clock x600",
  "clock x10",
  "clock +1000h",
];

const TEMPLATES = [
  `{{range .items}}{{range $.items}}{{range $.items}}{{range $.items}}x{{end}}{{end}}{{end}}{{end}}`,
  `{{define "x"}}{{template "x"}}{{end}}{{template "x"}}`,
  `{{printf "%1000000000d" 1}}`,
  `{{range .items}}{{printf "%s" .}}{{end}}`,
  `{{index .items 99999999999999999999}}`,
  `{{with $x := .}}{{`,
];
const PATHS = [
  "{..*..*..*..*}",
  "{range .items[*]}{range .items[*]}{..*}{end}{end}",
  "{.items[?(@..*==@..*)]}",
  "{.items[0:99999999999]}",
  "{.items[-99999999999:99999999999:0]}",
  "{" + "..a".repeat(2_000) + "}",
  "{.items[?(@.a=~'(a+)+$')]}",
];

/** A text as one word of a shell's. */
export const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

const WRAPS: ((line: string) => string)[] = [
  (line) => `(${line})`,
  (line) => `{ ${line}; }`,
  (line) => `eval ${quoted(line)}`,
  (line) => `g() { ${line}; }; g`,
  (line) => `${line} | cat`,
  (line) => `echo "$(${line})"`,
  (line) => `bash -c ${quoted(line)}`,
  (line) => `while :; do ${line}; done`,
  (line) => `${line} > out.txt 2>&1`,
  (line) => `! ${line} && ${line}`,
  (line) => `time ${line}`,
];

/** A line that ends badly or never. */
export function bombLine(random: SeededRandom): string {
  if (random.int(4) === 0) return otherLine(random);
  let line = random.pick(LINES);
  for (let i = Math.max(0, random.int(4) - 1); i > 0; i--) line = random.pick(WRAPS)(line);
  return line;
}

function otherLine(random: SeededRandom): string {
  const depth = random.int(3_000);
  return random.pick<() => string>([
    () => `kubectl get pods -A -o go-template=${quoted(random.pick(TEMPLATES))}`,
    () => `kubectl get pods -A -o go-template=${quoted("{{if true}}".repeat(depth))}`,
    () => `kubectl get pods -A -o jsonpath=${quoted(random.pick(PATHS))}`,
    () => `kubectl get pods -A -o custom-columns=${quoted(`A:${random.pick(PATHS)}`)}`,
    () => `kubectl get pods -A --sort-by=${quoted(random.pick(PATHS))}`,
    () => `kubectl exec deployment/nginx-custom-metric -- sh -c ${quoted(bombScript(random))}`,
    () =>
      `kubectl run b${random.int(4)} --image=busybox --rm -i -- sh -c ${
        quoted(bombScript(random))
      }`,
    () =>
      `curl -sG http://127.0.0.1:30950/api/v1/query --data-urlencode ${
        quoted(`query=${bombQuery(random)}`)
      }`,
    () => `kubectl apply -f - <<< ${quoted("[".repeat(depth))}`,
    () => `kubectl apply -f - <<< ${quoted(`a: ${"{a: ".repeat(depth)}`)}`,
    () => `echo ${"$(echo ".repeat(depth % 300)}a${")".repeat(depth % 300)}`,
    () => `echo $((${"(".repeat(depth)}1${")".repeat(depth)}))`,
    () => `${"(".repeat(depth)}true${")".repeat(depth)}`,
    () => `${"{ ".repeat(depth)}true${"; }".repeat(depth)}`,
    () => `${"if true; then ".repeat(depth)}:${"; fi".repeat(depth)}`,
    () => `echo ${"'".repeat(depth)} ${'"'.repeat(depth)}`,
    () => `echo ${"{a,".repeat(depth)}`,
    () => `${"! ".repeat(depth)}true`,
    () => `true ${"| cat ".repeat(depth % 200)}`,
    () => `echo ${"x".repeat(100 * depth)}`,
  ])();
}
