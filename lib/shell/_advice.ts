import { nearestWords } from "../base/mod.ts";
import { inLanguage } from "../commands/command.ts";

/** What a shell has, for whoever mistyped it. */
export interface Known {
  /** Names of commands. */
  names: readonly string[];
  /** See `RunOptions.words`. */
  words?: readonly string[];
  /** The text of the learner's Makefile; undefined when there is none. */
  makefile(): Promise<string | undefined>;
  /** The language of whoever mistyped it. */
  language?: string;
}

const LIMIT = /increase executionLimits\.(\w+)/;

/** How the engine tells of an expression of some ten thousand operands. Source: bash expr.c (pushexp) for Bash's words. */
const STACK = "Maximum call stack size exceeded";

/** Whether a line was ended because it did or held too much. */
export function isOverLimit(stderr: string): boolean {
  return LIMIT.test(stderr);
}

/** Adds what to do next to the shell's own complaints. */
export async function explain(stderr: string, known: Known): Promise<string> {
  const limit = LIMIT.exec(stderr);
  if (limit) return tooMuch(limit[1]);
  const out: string[] = [];
  for (const line of stderr.split(/(?<=\n)/)) {
    if (line === "bash: execution aborted\n") continue;
    out.push(
      line.replace(/^(bash: (?:eval: )?)(?:syntax error: )?Parse error at \d+:\d+: /, "$1")
        .replace(STACK, "expression recursion level exceeded"),
    );
    const missing = /^bash: (?:line \d+: )?(\S+): command not found$/.exec(line.trimEnd());
    if (missing) out.push(`${await suggest(missing[1], known)}\n`);
  }
  return out.join("");
}

/** What many call kubectl by, in an alias of their own. */
const ALIASES: Readonly<Record<string, string>> = { k: "kubectl", kc: "kubectl", kctl: "kubectl" };

/** Programs of other machines, which are no misspelt words of this one, and what does here what they are typed for. */
const ELSEWHERE: readonly [programs: string, en: string, ko: string][] = [
  [
    "sudo su doas",
    "Nothing here needs it: type the line without.",
    "여기서는 필요 없습니다. 빼고 입력하세요.",
  ],
  [
    "docker podman nerdctl crictl ctr",
    "What runs in the cluster is shown by `kubectl get pods -A`.",
    "클러스터에서 도는 것은 `kubectl get pods -A`가 보여 줍니다.",
  ],
  [
    "minikube k3d k3s microk8s kubeadm",
    "`kubectl cluster-info` tells the cluster; `make install` makes the lab's own.",
    "클러스터는 `kubectl cluster-info`, 실습의 것을 만들려면 `make install`.",
  ],
  [
    "hey ab wrk k6 siege vegeta locust",
    "Visitors are made by `load http://127.0.0.1:30951 --rps 20 --for 2m`.",
    "방문자 만들기: `load http://127.0.0.1:30951 --rps 20 --for 2m`",
  ],
  [
    "k9s lens",
    "`watch kubectl get pods` shows what changes, every two seconds.",
    "`watch kubectl get pods`가 바뀌는 것을 2초마다 보여 줍니다.",
  ],
  [
    "stern kubetail",
    "`kubectl logs -f -l KEY=VALUE --all-containers` follows several pods.",
    "여러 파드의 로그: `kubectl logs -f -l KEY=VALUE --all-containers`",
  ],
  [
    "kubens",
    "`kubectl config set-context --current --namespace=NAME` does that here.",
    "여기서는 `kubectl config set-context --current --namespace=이름`입니다.",
  ],
  [
    "kubectx",
    "`kubectl config get-contexts` shows the one there is.",
    "하나 있는 context는 `kubectl config get-contexts`.",
  ],
  [
    "oc",
    "`kubectl` is what reaches the cluster here.",
    "여기서 클러스터에 닿는 것은 `kubectl`입니다.",
  ],
  [
    "promtool amtool",
    "A query is asked by `curl`, the adapter's rules are tried by `rules try`.",
    "질의는 `curl`로, adapter의 규칙은 `rules try`로 해 보세요.",
  ],
  [
    "wget",
    "`curl` is here in its place; in a busybox pod there is `wget`.",
    "여기서는 `curl`입니다. busybox 파드에는 `wget`이 있습니다.",
  ],
  [
    "ping nslookup dig telnet nc netcat traceroute",
    "The cluster's names are known in a pod: `kubectl run -it a --image=busybox`",
    "클러스터의 이름은 파드 안에서 압니다: `kubectl run -it a --image=busybox`",
  ],
  [
    "ps top htop free netstat ss ip systemctl service journalctl",
    "There is no machine below this shell: `kubectl top pod`, `kubectl logs POD`.",
    "이 셸 아래에는 컴퓨터가 없습니다: `kubectl top pod`, `kubectl logs 파드`",
  ],
  [
    "apt apt-get brew yum dnf apk pip npm npx",
    "Nothing can be installed here; `help` lists what there is.",
    "여기에는 설치할 수 없습니다. 있는 것은 `help`로 볼 수 있습니다.",
  ],
  [
    "git ssh scp sftp ftp rsync vagrant",
    "Nothing here reaches beyond the lab: type it in another terminal.",
    "여기서는 실습 환경 밖에 닿지 않습니다. 다른 터미널에서 입력하세요.",
  ],
  [
    "go java node python python3 ruby perl",
    "No program runs here; `jq`, `awk` and `sed` do, and images in the cluster.",
    "이 셸에는 `jq`, `awk`, `sed`가 있고, 프로그램은 클러스터의 이미지로 돕니다.",
  ],
  [
    "man info",
    "`help NAME` is a page about a word, `NAME --help` about a command.",
    "`help 이름`과 `이름 --help`가 알려 줍니다.",
  ],
];

async function suggest(name: string, known: Known): Promise<string> {
  const meant = (words: readonly string[]) => {
    const quoted = words.map((word) => `\`${word}\``);
    return inLanguage(known, `Did you mean ${quoted.join(" or ")}?`, `혹시 ${quoted.join(", ")}?`);
  };
  const seeHelp = inLanguage(
    known,
    "Type `help` for what this shell has.",
    "이 셸에 있는 것은 `help`로 볼 수 있습니다.",
  );
  if (ALIASES[name]) return meant([ALIASES[name]]);
  const there = ELSEWHERE.find(([programs]) => programs.split(" ").includes(name));
  if (there) return inLanguage(known, there[1], there[2]);
  const makefile = await known.makefile() ?? "";
  const targets = [...makefile.matchAll(/^([A-Za-z][\w-]*):/gm)].map((match) => match[1]);
  // For those who forget to type `make`.
  if (targets.includes(name)) return meant([`make ${name}`]);
  // Words of one or two letters are near to everything.
  const words = name.length > 2 ? known.words ?? [] : [];
  const near = nearestWords(name, [...known.names, ...words]);
  return near.length > 0 ? meant(near) : seeHelp;
}

/** What is said of a line that was ended because it did or held too much. */
function tooMuch(limit: string): string {
  return `bash: this line was ended, because it took more than this shell gives a line (${limit}). ` +
    "In a pipe, and in $( ), a command runs to its end before what reads it begins.\n";
}
