import { tutorCommand } from "../base/mod.ts";
import type { Localized } from "../lesson/mod.ts";

/** What `help NAME` says of a command of the shell, in Markdown. */
export interface ShellPage {
  /** How it is typed. */
  typed: string;
  about: Localized;
  /** A word of the program's own command line, which is typed in another terminal and has no `--help` here. */
  isOutside?: true;
}

/** The pages of the shell's commands, by name. Verbs have theirs in `MANUAL`; of what else Unix has, its own help is shown. */
export function shellPages(): Readonly<Record<string, ShellPage>> {
  return { ...PAGES, lab: outsidePage() };
}

/** What stands outside of the tutor is named by the command that this learner has. */
function outsidePage(): ShellPage {
  const [serve, states, all] = [
    tutorCommand("lab serve"),
    tutorCommand("lab states"),
    tutorCommand("--help", ""),
  ].map((line) => `\`${line}\``);
  return {
    typed: "lab",
    isOutside: true,
    about: {
      en:
        `The lab is the cluster, its clock and your files. Here \`status\` tells of it, \`undo\`, \`reset\` and \`start\` bring it
elsewhere, \`export\` and \`import\` carry it. Outside of the tutor, in another terminal:

* ${serve} keeps the cluster running for your own kubectl; quit the tutor first.
* ${states} lists earlier states and your files of before, takes one back, removes some.
* ${all} lists everything else that can be done without the tutor.`,
      ko:
        `실습 환경은 클러스터와 그 시계와 파일입니다. 여기서는 \`status\`가 알려 주고, \`undo\`, \`reset\`, \`start\`가 다른 상태로
옮기며, \`export\`와 \`import\`가 내보내고 가져옵니다. tutor 밖, 다른 터미널에서는:

* ${serve}: 내 kubectl이 쓸 수 있게 클러스터를 계속 돌립니다. 먼저 tutor를 나가세요.
* ${states}: 이전 상태와 이전 파일을 보고, 되돌리고, 지웁니다.
* ${all}: tutor 없이 할 수 있는 나머지를 모두 보여 줍니다.`,
    },
  };
}

const PAGES: Readonly<Record<string, ShellPage>> = {
  kubectl: {
    typed: "kubectl get pod -A",
    about: {
      en:
        `Asks and changes the cluster, as kubectl v1.36 does: get, describe, apply, edit, scale, logs, exec, explain … \`k\` is no
name for it until you say \`alias k=kubectl\`. It reaches the cluster of the lessons alone, whatever your kubeconfig names.`,
      ko:
        `kubectl v1.36처럼 클러스터를 보고 바꿉니다: get, describe, apply, edit, scale, logs, exec, explain … \`k\`라고 쓰려면
\`alias k=kubectl\`을 입력하세요. kubeconfig에 무엇이 있든 수업을 하는 클러스터에만 닿습니다.`,
    },
  },
  helm: {
    typed: "helm list -A",
    about: {
      en:
        `Installs, upgrades, lists and takes away releases of the lab's charts, or of a chart in a folder of yours. \`helm get
values NAME\` shows what a release was given, \`helm history NAME\` its revisions, \`helm rollback NAME\` goes back.`,
      ko:
        `실습 환경의 차트, 또는 내 폴더의 차트를 설치하고 업그레이드하고 보고 지웁니다. \`helm get values NAME\`은 릴리스가 받은
값을, \`helm history NAME\`은 리비전을 보여 주고, \`helm rollback NAME\`은 되돌립니다.`,
    },
  },
  make: {
    typed: "make install",
    about: {
      en:
        `Runs a target of the Makefile in your folder and prints the commands it stands for, so that nothing is hidden: \`cat
Makefile\` shows them all, \`make -n TARGET\` prints those of one without running them.`,
      ko:
        `폴더에 있는 Makefile의 타깃을 실행하고 그 명령을 보여 줍니다. 숨기는 것은 없습니다. \`cat Makefile\`은 모두를, \`make -n
TARGET\`은 한 타깃의 명령을 실행하지 않고 보여 줍니다.`,
    },
  },
  kind: {
    typed: "kind get clusters",
    about: {
      en:
        `Creates, lists and deletes the lab's cluster, as kind does with containers; here nodes are part of this program. After
\`kind delete cluster\` all in it is gone; \`undo\` brings it back.`,
      ko:
        `kind가 컨테이너로 하듯 실습 클러스터를 만들고 보고 지웁니다. 여기서는 노드가 이 프로그램의 일부입니다. \`kind delete
cluster\` 뒤에는 그 안의 것이 모두 사라지며, \`undo\`로 되돌릴 수 있습니다.`,
    },
  },
  curl: {
    typed: "curl http://127.0.0.1:30951",
    about: {
      en:
        `Fetches a page of the lab: the node ports, which are 30950 to 30952 here, and no address of the internet. Each request
counts as a visitor of the page, as in a browser.`,
      ko:
        `실습 환경의 페이지를 받습니다. 노드 포트(여기서는 30950부터 30952)에 닿으며 인터넷 주소에는 닿지 않습니다. 요청 하나가
브라우저에서처럼 방문 하나로 세어집니다.`,
    },
  },
  load: {
    typed: "load http://127.0.0.1:30951 --rps 20 --for 2m",
    about: {
      en:
        `Visits a page again and again: \`--rps\` times per second of lab time (10 without), \`--for\` so long (1m without). It moves
the lab's clock along, so that two minutes of visitors take moments of yours. Ctrl-C stops it.`,
      ko:
        `페이지를 거듭 방문합니다. 실습 시간 1초에 \`--rps\`번(없으면 10), \`--for\` 동안(없으면 1m)입니다. 실습 시계를 함께
보내므로 방문 2분이 잠깐이면 끝납니다. Ctrl-C로 멈춥니다.`,
    },
  },
  clock: {
    typed: "clock +5m",
    about: {
      en:
        `The lab has a time of its own. \`clock\` shows it, \`clock +5m\` lets five minutes pass now (s, m, h, d), \`clock x60\` lets it
run 60 times as fast as yours, \`clock pause\` and \`clock resume\` stop it and let it go on. It runs ten times as fast at
first, stands while a number is asked for, and while you edit.`,
      ko:
        `실습 환경에는 자기 시각이 있습니다. \`clock\`은 보여 주고, \`clock +5m\`은 5분을 바로 보내고(s, m, h, d), \`clock x60\`은
60배 빠르게 하고, \`clock pause\`와 \`clock resume\`은 멈추고 다시 보냅니다. 처음에는 열 배 빠르며, 숫자를 묻는 동안과
편집하는 동안에는 멈춰 있습니다.`,
    },
  },
  rules: {
    typed: "rules try helm_values/prometheus-adapter.yaml",
    about: {
      en:
        `Tries rules of the adapter on the series that are there, and changes nothing: \`rules try FILE\` tells what each finds,
names, attaches and asks; \`rules why METRIC\` which rule serves a metric, and why others do not; \`rules keda\` writes the
same scaling as a ScaledObject. Without a file they are the running adapter's rules. To change them: \`edit rules\`.`,
      ko:
        `adapter의 규칙을 지금 있는 시계열에 해 봅니다. 아무것도 바꾸지 않습니다. \`rules try FILE\`은 규칙마다 무엇을 찾고,
이름 짓고, 붙이고, 묻는지 알려 주고, \`rules why METRIC\`은 어느 규칙이 메트릭을 내보내며 나머지는 왜 아닌지,
\`rules keda\`는 같은 것을 ScaledObject로 씁니다. 파일이 없으면 지금 도는 adapter의 규칙입니다. 바꾸려면 \`edit rules\`.`,
    },
  },
  "what-if": {
    typed: "what-if hpa.yaml --from -6h",
    about: {
      en:
        `Tells what the HPA or ScaledObject in a file would have done with the metrics that Prometheus recorded, sync by sync, by
the controller's own arithmetic. \`--from -6h\` says how far back. Nothing is changed.`,
      ko:
        `파일의 HPA나 ScaledObject가 Prometheus에 기록된 메트릭으로 무엇을 했을지, 컨트롤러의 계산 그대로 한 번씩 알려 줍니다.
\`--from -6h\`는 얼마나 전부터인지입니다. 아무것도 바꾸지 않습니다.`,
    },
  },
  why: {
    typed: "why hpa/NAME",
    about: {
      en:
        `Looks at every hop from the replicas that are asked for to the container that counts, and names the first that is broken:
the cause, what shows it, what mends it. \`why\` alone takes every autoscaler of the namespace, \`why metric NAME\` a metric,
whoever asks for it. It reads, and changes nothing. While a number is asked for it waits until you have given yours.`,
      ko:
        `요구되는 레플리카에서 세는 컨테이너까지 모든 지점을 보고 처음 끊긴 곳을 알려 줍니다. 원인, 그것을 보이는 것, 고치는
법입니다. \`why\`만 쓰면 네임스페이스의 모든 오토스케일러를, \`why metric NAME\`은 메트릭을 봅니다. 읽기만 하고 바꾸지
않습니다. 숫자를 묻는 동안에는 답을 입력할 때까지 기다립니다.`,
    },
  },
  decide: {
    typed: "decide hpa/NAME",
    about: {
      en:
        `Shows the arithmetic of an HPA as it is now, metric by metric, beside what its controller said last: the usage, the
ratio, the tolerance, what the limits and the behavior make of it. \`decide\` alone takes every HPA of the namespace. While
a number is asked for it waits until you have given yours.`,
      ko:
        `HPA의 지금 계산을 메트릭마다, 컨트롤러가 마지막에 말한 것 옆에 보여 줍니다. 사용량, 비율, 허용 오차, 한도와 behavior가
바꾸는 것입니다. \`decide\`만 쓰면 네임스페이스의 모든 HPA입니다. 숫자를 묻는 동안에는 답을 입력할 때까지 기다립니다.`,
    },
  },
  edit: {
    typed: "edit FILE, edit rules",
    about: {
      en:
        `Opens a file in an editor: yours where \`VISUAL\` or \`EDITOR\` is set, the tutor's own otherwise, which shows its keys below.
\`edit rules\` opens the adapter's values at the rule. The lab's clock stands meanwhile. What was saved is checked, compared
with the running release, and an upgrade offered.`,
      ko:
        `파일을 편집기로 엽니다. \`VISUAL\`이나 \`EDITOR\`를 정했으면 그 편집기, 아니면 tutor의 편집기이며 쓸 키가 아래에
나옵니다. \`edit rules\`는 adapter 값 파일의 규칙 자리를 엽니다. 그동안 실습 시계는 멈춥니다. 저장하면 검사하고, 지금
도는 릴리스와 비교하고, 업그레이드를 제안합니다.`,
    },
  },
  less: {
    typed: "less FILE",
    about: {
      en:
        `Shows a file, or what is piped into it, a page at a time: space goes on, b back, q ends. \`more FILE\` is the same.`,
      ko:
        `파일이나 파이프로 받은 것을 한 쪽씩 보여 줍니다. 스페이스는 다음, b는 앞, q는 끝입니다. \`more FILE\`도 같습니다.`,
    },
  },
  watch: {
    typed: "watch kubectl get pod",
    about: {
      en:
        `Runs a command every two seconds of lab time, until Ctrl-C; \`watch -n 10 …\` every ten. \`kubectl get pod -w\` prints only
what changes.`,
      ko:
        `실습 시간 2초마다 명령을 실행합니다. Ctrl-C로 끝내고, \`watch -n 10 …\`은 10초마다입니다. \`kubectl get pod -w\`는 바뀌는
것만 보여 줍니다.`,
    },
  },
  history: {
    typed: "history",
    about: {
      en:
        `Lists the lines that were typed, with their numbers; \`history 5\` the last five. \`!!\` is the last line, \`!12\` that of a number,
\`!kub\` the last that begins so; Ctrl-R looks for one as you type. It is kept when you leave.`,
      ko:
        `입력한 줄을 번호와 함께 보여 줍니다. \`history 5\`는 마지막 다섯 줄입니다. \`!!\`는 마지막 줄, \`!12\`는 그 번호의 줄,
\`!kub\`는 그렇게 시작하는 마지막 줄이며, Ctrl-R은 입력하는 대로 찾습니다. 나갔다 와도 남습니다.`,
    },
  },
};
