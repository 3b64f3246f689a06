import type { Language } from "../lesson/lesson.ts";
import type { FailureKind } from "../kube/mod.ts";
import type { Tools } from "./choice.ts";

/** What is said before a real cluster is worked on, and when it is left, in one language. */
export interface GuardWords {
  head: (context: string) => string;
  labels: Record<"server" | "version" | "nodes" | "you" | "there" | "makes" | "missing", string>;
  insecure: string;
  proxy: (proxy: string) => string;
  nodes: (count: number, ready: number) => string;
  hidden: string;
  nothingThere: string;
  ofOthers: (what: string, owner: string, service?: string) => string;
  ofThisHome: (what: string) => string;
  makes: string;
  mayNot: (what: string) => string;
  recreated: (context: string) => string;
  ask: (context: string) => string;
  notTyped: string;
  needsAllow: (context: string, command: string) => string;
  otherAllowed: (allowed: string, context: string) => string;
  agreed: (context: string, command: string) => string;
  needsTask: (command: string, sandbox: string) => string;
  orSandbox: (command: string) => string;
  remedies: Record<FailureKind, string>;
  unauthorized: (how: "token" | "certificate" | "plugin" | "none") => string;
  forbidden: string;
  nothingAgreed: (context: string) => string;
  confirmLeave: (context: string) => string;
  leaveNeedsYes: string;
  left: (count: number) => string;
  kept: string;
  strays: string;
  notLeft: string;
  playTakes: (minutes: number) => string;
  /** The programs of the learner's own that are used, and the built-in ones, by their names. */
  programs: (own: string[], builtIn: string[], tools: Tools) => string;
  noKind: string;
  seePreflight: (command: string) => string;
  kindOfSomebody: (command: string) => string;
  confirmDelete: string;
  deleted: (cluster: string) => string;
}

const EN: GuardWords = {
  head: (context) =>
    `This is the context ${context} of your kubeconfig. Nothing was changed there yet.`,
  labels: {
    server: "server",
    version: "version",
    nodes: "nodes",
    you: "you are",
    there: "is there",
    makes: "would make",
    missing: "may not",
  },
  insecure: "its certificate is not checked",
  proxy: (proxy) => `by the proxy ${proxy}`,
  nodes: (count, ready) => `${count}, of which ${ready} are ready`,
  hidden: "you may not see them",
  nothingThere: "nothing of what the lessons install",
  ofOthers: (what, owner, service) =>
    `${what}${
      service ? `, answered by ${service}` : ""
    }: of ${owner}. It stays as it is; a lesson that needs its own is refused there, and can be taken in the sandbox`,
  ofThisHome: (what) => `${what}: made by this tutor`,
  makes:
    "helm releases metrics-server, operator, prometheus-adapter (namespace default) and keda (namespace keda), with their definitions, cluster roles and APIServices; a node-exporter on each node; the examples in default, with the node ports 30950, 30951, 30952. All of it bears the label hpa-tutor/lab, and nothing without that label is changed or deleted",
  mayNot: (what) => `you may not ${what}; a step that needs it is refused by the cluster`,
  recreated: (context) =>
    `Another cluster stands behind the context ${context} than the one that you agreed to before.`,
  ask: (context) =>
    `To let the tutor work there, type the context's name (${context}); anything else leaves it alone. [name] `,
  notTyped: "That is not its name. Nothing was changed.",
  needsAllow: (context, command) =>
    `Nobody is at the keyboard to agree. Where the tutor may work on it, say so: ${command} --allow-context ${context}`,
  otherAllowed: (allowed, context) =>
    `--allow-context names ${allowed}, and the lab is ${context}. Nothing was changed.`,
  agreed: (context, command) =>
    `Agreed, for this cluster alone. ${command} takes away what was made on ${context}.`,
  needsTask: (command, sandbox) =>
    `The lab of this home is a real cluster, which this task may not reach. Begin with:\n${command}\nor stay in the sandbox:\n${sandbox}`,
  orSandbox: (command) => `Meanwhile the lessons run in the sandbox: ${command}`,
  remedies: {
    refused:
      "Nothing listens there. Is the cluster running? kind: docker start NAME-control-plane; minikube: minikube start.",
    "unknown-host":
      "The name of the server is not known here. Is the VPN on? Does the kubeconfig name the right server?",
    timeout:
      "Is the VPN on, or a firewall in between? Is the address in the kubeconfig still right?",
    unreachable: "There is no way to that address from here. Is the network up, and the VPN on?",
    "unknown-authority":
      "The kubeconfig's certificate-authority-data is not of who signed the server's certificate: the cluster may have been made anew. Fetch its kubeconfig again, as by: kind export kubeconfig.",
    "not-valid-now":
      "A certificate has run out, or this machine's clock is wrong. Look at the date; then renew: kubeadm certs renew all, or fetch the kubeconfig again.",
    "other-name":
      "The server's certificate is for another name. Use a name that it has, or give the cluster's tls-server-name in the kubeconfig.",
    "other-certificate":
      "The server's certificate is not accepted. Look at it: openssl s_client -connect HOST:PORT.",
    "certificate-wanted":
      "The server wants a client certificate, and the kubeconfig has none that it takes. Fetch the kubeconfig again.",
    "no-tls":
      "The server does not speak TLS at that port. Is it http in the kubeconfig, or another port?",
    plugin:
      "The program that gives your credentials failed. Run it by itself, and log in where it asks for that; the task may run aws, az, doctl, gcloud, gke-gcloud-auth-plugin, kubelogin, oci, and others with --allow-run=NAME.",
    proxy:
      "The proxy of the kubeconfig (proxy-url) does not let it through. Is it running, and its address right?",
    credentials:
      "A file that the kubeconfig names cannot be read. Fetch the kubeconfig again, or mend the path.",
    other: "See whether kubectl gets there: kubectl --context NAME get nodes.",
  },
  unauthorized: (how) => ({
    token:
      "The server does not take the token: it may have run out. Log in again, or make another: kubectl create token NAME.",
    certificate:
      "The server does not take the client certificate: it may have run out, or be of another cluster. Fetch the kubeconfig again.",
    plugin: "The server does not take what your login gave: it may have run out. Log in again.",
    none:
      "The kubeconfig has no credentials for this context. Fetch it again, or choose another context.",
  }[how]),
  forbidden:
    "You may not read the namespace kube-system there, by which a cluster is known again. Ask for the role view in it, or use another context.",
  nothingAgreed: (context) =>
    `Nothing is agreed for the cluster of ${context}: there is nothing to take away.`,
  confirmLeave: (context) => `Take away all that this tutor made on ${context}? [y/N] `,
  leaveNeedsYes: "Nobody is at the keyboard to agree; say --yes where it is meant.",
  left: (count) => `Objects taken away: ${count}.`,
  kept: "These stay:",
  strays:
    "Programs of the lab made these by themselves, without a label; take them away where nobody else's operator uses them:",
  notLeft: "Nothing was changed.",
  playTakes: (minutes) =>
    `On a real cluster this waits in real time: about ${minutes} minutes. Ctrl-C ends it.`,
  programs: (own, builtIn, tools) =>
    [
      ...own.length > 0
        ? [
          `Your own programs are used here: ${own.join(", ")}.`,
          "For the built-in ones: --tools builtin.",
        ]
        : [],
      ...tools === "builtin"
        ? ["The built-in kubectl and helm are used here; for your own: --tools own."]
        : builtIn.length > 0
        ? [`Built in, since not installed: ${builtIn.join(", ")}.`]
        : [],
    ].join("\n"),
  noKind: "kind is not installed here.",
  seePreflight: (command) => `What this machine lacks for a kind cluster: ${command}`,
  kindOfSomebody: (command) =>
    `A kind cluster hpa-practice is there that was not made from this home: it stays as it is. To work on it as on anybody's cluster, with its context in your kubeconfig (kind export kubeconfig --name hpa-practice): ${command}\nTo have one of the lab's own, delete it yourself: kind delete cluster --name hpa-practice`,
  confirmDelete: "Delete the kind cluster hpa-practice, with all that is on it? [y/N] ",
  deleted: (cluster) => `The kind cluster ${cluster} is deleted.`,
};

const KO: GuardWords = {
  head: (context) => `kubeconfig의 컨텍스트 ${context}입니다. 아직 아무것도 바꾸지 않았습니다.`,
  labels: {
    server: "서버",
    version: "버전",
    nodes: "노드",
    you: "사용자",
    there: "이미 있음",
    makes: "만들 것",
    missing: "권한 없음",
  },
  insecure: "인증서를 확인하지 않음",
  proxy: (proxy) => `프록시 ${proxy} 경유`,
  nodes: (count, ready) => `${count}개, 그중 ${ready}개가 준비됨`,
  hidden: "볼 권한이 없습니다",
  nothingThere: "수업에서 설치하는 것은 아직 없습니다",
  ofOthers: (what, owner, service) =>
    `${what}${
      service ? ` (${service}가 응답)` : ""
    }: 주인은 ${owner}. 그대로 둡니다. 따로 설치해야 하는 수업은 여기서 거절되며 샌드박스에서 할 수 있습니다`,
  ofThisHome: (what) => `${what}: 이 tutor가 만든 것`,
  makes:
    "helm 릴리스 metrics-server, operator, prometheus-adapter(네임스페이스 default)와 keda(네임스페이스 keda), 그리고 그 정의, 클러스터 롤, APIService. 노드마다 node-exporter 하나. default에 예제들과 노드 포트 30950, 30951, 30952. 모두 레이블 hpa-tutor/lab을 달고, 그 레이블이 없는 것은 바꾸거나 지우지 않습니다",
  mayNot: (what) => `${what} 권한이 없어, 필요한 단계는 클러스터가 거절합니다`,
  recreated: (context) => `컨텍스트 ${context} 뒤에 전에 동의한 것과 다른 클러스터가 있습니다.`,
  ask: (context) =>
    `tutor가 여기서 일하게 하려면 컨텍스트 이름(${context})을 입력하세요. 다른 것을 입력하면 건드리지 않습니다. [name] `,
  notTyped: "이름이 다릅니다. 아무것도 바꾸지 않았습니다.",
  needsAllow: (context, command) =>
    `동의할 사람이 키보드 앞에 없습니다. tutor가 일해도 된다면 이렇게 밝히세요: ${command} --allow-context ${context}`,
  otherAllowed: (allowed, context) =>
    `--allow-context는 ${allowed}인데 실습 환경은 ${context}입니다. 아무것도 바꾸지 않았습니다.`,
  agreed: (context, command) =>
    `이 클러스터에 한해 동의했습니다. ${command}로 ${context}에 만든 것을 치울 수 있습니다.`,
  needsTask: (command, sandbox) =>
    `이 홈의 실습 환경은 실제 클러스터인데, 이 작업의 권한으로는 닿을 수 없습니다. 이렇게 시작하세요:\n${command}\n샌드박스에 머물려면:\n${sandbox}`,
  orSandbox: (command) => `그동안 수업은 샌드박스에서 할 수 있습니다: ${command}`,
  remedies: {
    refused:
      "거기서 듣는 것이 없습니다. 클러스터가 켜져 있나요? kind: docker start NAME-control-plane, minikube: minikube start.",
    "unknown-host": "서버 이름을 찾을 수 없습니다. VPN이 켜져 있나요? kubeconfig의 서버가 맞나요?",
    timeout: "VPN이나 방화벽을 확인하세요. kubeconfig의 주소가 아직 맞나요?",
    unreachable: "여기서 그 주소로 가는 길이 없습니다. 네트워크와 VPN을 확인하세요.",
    "unknown-authority":
      "kubeconfig의 certificate-authority-data가 서버 인증서에 서명한 곳의 것이 아닙니다. 클러스터를 새로 만들었을 수 있습니다. kubeconfig를 다시 받으세요. 예: kind export kubeconfig.",
    "not-valid-now":
      "인증서가 만료되었거나 이 컴퓨터의 시계가 틀립니다. 날짜를 확인한 다음 갱신하세요: kubeadm certs renew all. 또는 kubeconfig를 다시 받으세요.",
    "other-name":
      "서버 인증서의 이름이 다릅니다. 인증서에 있는 이름을 쓰거나 kubeconfig에 tls-server-name을 넣으세요.",
    "other-certificate":
      "서버 인증서를 받아들일 수 없습니다. 살펴보세요: openssl s_client -connect HOST:PORT.",
    "certificate-wanted":
      "서버가 클라이언트 인증서를 요구하는데 kubeconfig에 받아들일 만한 것이 없습니다. kubeconfig를 다시 받으세요.",
    "no-tls":
      "그 포트의 서버는 TLS를 쓰지 않습니다. kubeconfig에서 http이거나 다른 포트가 아닌가요?",
    plugin:
      "자격 증명을 주는 프로그램이 실패했습니다. 따로 실행해 보고 필요하면 로그인하세요. 이 작업은 aws, az, doctl, gcloud, gke-gcloud-auth-plugin, kubelogin, oci를 실행할 수 있고, 다른 것은 --allow-run=NAME으로 허용합니다.",
    proxy: "kubeconfig의 프록시(proxy-url)를 지나지 못합니다. 켜져 있고 주소가 맞나요?",
    credentials:
      "kubeconfig가 가리키는 파일을 읽을 수 없습니다. kubeconfig를 다시 받거나 경로를 고치세요.",
    other: "kubectl로는 되는지 보세요: kubectl --context NAME get nodes.",
  },
  unauthorized: (how) => ({
    token:
      "서버가 토큰을 받아들이지 않습니다. 만료되었을 수 있습니다. 다시 로그인하거나 새로 만드세요: kubectl create token NAME.",
    certificate:
      "서버가 클라이언트 인증서를 받아들이지 않습니다. 만료되었거나 다른 클러스터의 것일 수 있습니다. kubeconfig를 다시 받으세요.",
    plugin: "서버가 로그인 결과를 받아들이지 않습니다. 만료되었을 수 있습니다. 다시 로그인하세요.",
    none:
      "kubeconfig의 이 컨텍스트에는 자격 증명이 없습니다. 다시 받거나 다른 컨텍스트를 고르세요.",
  }[how]),
  forbidden:
    "클러스터를 알아보는 데 쓰는 네임스페이스 kube-system을 읽을 권한이 없습니다. 거기에 view 롤을 요청하거나 다른 컨텍스트를 쓰세요.",
  nothingAgreed: (context) => `${context}의 클러스터에는 동의한 것이 없어 치울 것이 없습니다.`,
  confirmLeave: (context) => `${context}에 이 tutor가 만든 것을 모두 치울까요? [y/N] `,
  leaveNeedsYes: "동의할 사람이 키보드 앞에 없습니다. 정말이면 --yes를 붙이세요.",
  left: (count) => `오브젝트 ${count}개를 치웠습니다.`,
  kept: "다음은 남습니다:",
  strays:
    "실습 프로그램이 레이블 없이 스스로 만든 것입니다. 다른 사람의 operator가 쓰지 않는다면 지우세요:",
  notLeft: "아무것도 바꾸지 않았습니다.",
  playTakes: (minutes) =>
    `실제 클러스터에서는 실제 시간으로 기다립니다: 약 ${minutes}분. Ctrl-C로 끝냅니다.`,
  programs: (own, builtIn, tools) =>
    [
      ...own.length > 0
        ? [
          `여기서는 설치된 프로그램을 씁니다: ${own.join(", ")}.`,
          "내장 프로그램을 쓰려면: --tools builtin.",
        ]
        : [],
      ...tools === "builtin"
        ? ["여기서는 내장 kubectl과 helm을 씁니다. 설치된 것을 쓰려면: --tools own."]
        : builtIn.length > 0
        ? [`설치되어 있지 않아 내장된 것을 씁니다: ${builtIn.join(", ")}.`]
        : [],
    ].join("\n"),
  noKind: "kind가 설치되어 있지 않습니다.",
  seePreflight: (command) => `kind 클러스터에 무엇이 모자라는지 보기: ${command}`,
  kindOfSomebody: (command) =>
    `이 홈에서 만들지 않은 kind 클러스터 hpa-practice가 있어 그대로 둡니다. 다른 사람의 클러스터처럼 그 위에서 하려면 kubeconfig에 컨텍스트를 넣고(kind export kubeconfig --name hpa-practice): ${command}\n실습용을 새로 만들려면 직접 지우세요: kind delete cluster --name hpa-practice`,
  confirmDelete: "kind 클러스터 hpa-practice를 그 안의 모든 것과 함께 지울까요? [y/N] ",
  deleted: (cluster) => `kind 클러스터 ${cluster}를 지웠습니다.`,
};

export const GUARD_WORDS: Readonly<Record<Language, GuardWords>> = { en: EN, ko: KO };
