import type { SeededRandom } from "../../../lib/base/mod.ts";

/*
 * Scripts made to throw, loop, grow or recurse, from a seed.
 */

const WORDS = ["a", "$x", '"$x$x"', "$1", "$@", '"$*"', "${x:-b}", "$(echo $x)", "$((x+1))", "*"];
const NUMBERS = ["0", "-1", "1", "7", "1e9", "99999999999999999999", "abc", "''", "0x", "1048576"];
const TOOLS = [
  "seq N N",
  "seq -w N N N",
  "head -n N",
  "head -c N",
  "tail -n N",
  "tail -c N",
  "printf '%Nd %s\\n' N W",
  "printf '%.Nf' N",
  "printf '%*s' N W",
  "expr N / N",
  "expr W : '[z-a]*'",
  "expr '(' '(' W",
  "dd if=/dev/zero bs=N count=N",
  "dd if=/dev/zero of=f bs=1k count=N",
  "cut -c N-N",
  "cut -d W -f N",
  "sort -k N",
  "sort -t W -k N,N",
  "sed 's/a/&&/g;N;N'",
  "sed ':a;s/^/x/;ta'",
  "sed 'W'",
  "sed -n 'H;G;x;$p'",
  "tr W W",
  "tr -d '\\n'",
  "tr '[:alpha:]' '[z-a]'",
  "grep W",
  "grep -B N W",
  "find / -name '[z-a]*'",
  "find . -maxdepth N",
  "xargs -n N echo",
  "xargs -I{} echo {}{}{}",
  "base64 -w N",
  "base64 -d",
  "sleep N",
  "timeout N sh -c 'S'",
  "date -d N",
  "date -d @N +%s",
  "wget -T N -qO- 'http://<W>:N/'",
  "wget -qO- 'http://[::N'",
  "curl -m N 'http://W:N/ W'",
  "curl 'http://{N}[N-N]/'",
  "nc -w N W N",
  "nslookup '<W>'",
  "tar cf - . N",
  "tar xf -",
  "test W -eq N",
  "[ ( ( W ) ]",
  "kill -N N",
  "mktemp -d",
  "wc",
  "uniq -c",
  "tac",
  "rev",
  "nl",
  "md5sum",
  "env A=W S",
  "yes W",
  "cat /dev/zero",
  "cat /dev/urandom",
  "read x",
  "read -t N -n N x",
];
const STATEMENTS = [
  "x=$x$x",
  'x="$x W"',
  "x=$(S)",
  "x=${x#W}",
  "x=${x%%*W}",
  "x=${x//W/$x}",
  "x=${x:N:N}",
  "x=$((x+N))",
  "x=$((N**N))",
  "x=$((N/N))",
  "x=$((x<<N))",
  'set -- "$@" "$@" W',
  "set -- $x $x",
  "shift N",
  "eval W",
  'eval "v$i=$x"; i=$((i+1))',
  "f",
  "f W W",
  "f & f",
  "f | f",
  "( f )",
  "T",
  "T",
  "T",
  "T | T",
  "T > f$i",
  "T >> g",
  "T < g",
  "S & S",
  "trap 'S' TERM",
  "kill -TERM $$",
  "cd W",
  "mkdir a && cd a",
  ". ./g",
  "export x",
  "local x",
  "IFS=W",
  "echo W W W",
  "break N",
  "return N",
  "wait",
  "while true; do S; done",
  "while T; do S; S; done",
  "until S; do S; done",
  "for i in W W W; do S; done",
  "for i in $(seq 1 N); do S; done",
  "if S; then S; else S; fi",
  "case $x in W*|*W) S;; *) S;; esac",
  "case $x in [z-a]*[!a-) S;; esac",
  "cat <<E\n$x W $(S)\nE",
  "{ S; S; } 2>&1",
  "! S",
  "S && S || S",
];
const NESTS = [
  ["(", ")"],
  ["$(", ")"],
  ["$((", "))"],
  ["${a:-", "}"],
  ["if :; then ", "; fi"],
  ["{ ", "; }"],
  ["`", "`"],
  ['"$(', ')"'],
  ["while ", "; do :; done"],
];

/** Replaces the capitals of a template. */
function fill(random: SeededRandom, template: string, depth: number): string {
  return template.replace(/\b[NWTS]\b|(?<=%\.?)N/g, (letter) => {
    if (letter === "N") return random.pick(NUMBERS);
    if (letter === "W") return random.pick(WORDS);
    if (letter === "T") return fill(random, random.pick(TOOLS), depth + 1);
    return depth > 3 ? ":" : fill(random, random.pick(STATEMENTS), depth + 1);
  });
}

function nest(random: SeededRandom): string {
  const count = random.pick([3, 50, 299, 301, 5_000]);
  const [open, close] = random.pick(NESTS);
  return `echo ${open.repeat(count)}:${random.int(3) === 0 ? "" : close.repeat(count)}`;
}

/** A script that no container should be asked to run. */
export function bomb(random: SeededRandom): string {
  const statements = Array.from(
    { length: 1 + random.int(6) },
    () => random.int(12) === 0 ? nest(random) : fill(random, random.pick(STATEMENTS), 0),
  );
  const body = fill(random, random.pick(STATEMENTS), 1);
  const script = `x=a; i=0; f() { ${body}\n}\n${statements.join("\n")}`;
  return random.int(2) === 0 ? `while true; do\n${script}\ndone` : script;
}
