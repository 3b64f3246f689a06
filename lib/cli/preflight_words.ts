import { withParticles } from "../base/mod.ts";
import type { Finding, FindingCode, Level, Subject } from "../labs/mod.ts";
import type { Language } from "../lesson/lesson.ts";

/** What a finding says, and what to do about it. */
interface Told {
  says: string;
  remedy?: string;
}

type Values = Readonly<Record<string, string>>;

/** What `preflight` says in one language. */
export interface PreflightWords {
  subjects: Record<Subject, string>;
  levels: Record<Level, string>;
  tell: Record<FindingCode, (values: Values, about: Subject) => Told>;
  ready: (command: string) => string;
  inTheWay: (count: number, command: string) => string;
  needsTask: (command: string) => string;
}

const EN: PreflightWords = {
  subjects: {
    runtime: "containers",
    kind: "kind",
    kubectl: "kubectl",
    helm: "helm",
    ports: "ports",
    memory: "memory",
    disk: "disk",
    registries: "registries",
    cgroup: "cgroup",
    system: "system",
  },
  levels: { ok: "ok", note: "note", warning: "look", bad: "BAD" },
  tell: {
    none: ({ os }) => ({
      says: "neither docker nor podman is installed here",
      remedy: os === "linux"
        ? "Install docker (`sudo apt install docker.io`, or docs.docker.com/engine/install) or podman."
        : "Install Docker Desktop, Rancher Desktop or Podman Desktop, and start it.",
    }),
    "outside-wsl": () => ({
      says: "docker is that of Docker Desktop, which this WSL distribution may not use yet",
      remedy:
        "Docker Desktop › Settings › Resources › WSL integration: switch it on for this distribution.",
    }),
    down: ({ name, os, wsl }) => ({
      says: `${name} is installed, and its engine does not answer`,
      remedy: name === "podman"
        ? "Start it: `podman machine start` (macOS, Windows) or `systemctl --user start podman.socket`."
        : os !== "linux"
        ? "Start Docker Desktop."
        : wsl
        ? "Start Docker Desktop in Windows, or here: `sudo service docker start`."
        : "Start it: `sudo systemctl start docker`.",
    }),
    denied: ({ name }) => ({
      says: `you may not use ${name}'s engine`,
      remedy:
        "`sudo usermod -aG docker $USER`, then log in anew (or `newgrp docker`). Where `~/.docker` belongs to root: `sudo chown -R $USER ~/.docker`.",
    }),
    fails: ({ name, fault }) => ({
      says: `${name} fails: ${fault}`,
      remedy: `Run \`${name}\` by itself, and mend what it says.`,
    }),
    answers: ({ name, version, system }) => ({
      says: `${name} ${version}${system ? ` (${system})` : ""}`,
    }),
    old: ({ name, version, least }) => ({
      says: `${name} ${version} is older than ${least}`,
      remedy: name === "kind"
        ? "Newer node images want a newer kind: kind.sigs.k8s.io, `brew upgrade kind`, `winget upgrade Kubernetes.kind`."
        : `kind needs ${name} ${least} or later, for nodes with a cgroup namespace of their own: upgrade it.`,
    }),
    "windows-containers": () => ({
      says: "docker runs Windows containers, and nodes are Linux ones",
      remedy: "Docker Desktop's menu in the tray: Switch to Linux containers.",
    }),
    architecture: ({ arch }) => ({
      says: `there is no node image for ${arch}`,
      remedy: "Use a machine with amd64 or arm64, or build one: `kind build node-image`.",
    }),
    "old-kernel": ({ kernel }) => ({
      says: `the kernel ${kernel} has no cgroup namespaces`,
      remedy: "kind needs Linux 4.6 or later: upgrade the system, or use a virtual machine.",
    }),
    init: () => ({
      says: '"init": true in /etc/docker/daemon.json keeps a node\'s own init from being process 1',
      remedy: "Take it out, and restart docker.",
    }),
    snap: () => ({
      says: "docker was installed with snap, and sees little of the temporary folder",
      remedy: "Set TMPDIR to a folder below your home, or install docker-ce.",
    }),
    "rootless-cgroup": ({ name }) => ({
      says: `${name} is rootless on cgroup v1, where kind does not run`,
      remedy: "Boot with cgroup v2, or use an engine with root rights.",
    }),
    "rootless-delegate": ({ name }) => ({
      says: `${name} is rootless, and may not limit memory, processes or CPU`,
      remedy:
        "`Delegate=yes` below `[Service]` in /etc/systemd/system/user@.service.d/delegate.conf, `sudo systemctl daemon-reload`, and log in anew.",
    }),
    podman: () => ({ says: "kind calls its podman provider experimental" }),
    desktop: () => ({
      says: "nodes are in Docker Desktop's virtual machine: only ports that are mapped lead there",
    }),
    missing: () => ({
      says: "kind is not installed here",
      remedy:
        "`brew install kind`, `winget install Kubernetes.kind`, `go install sigs.k8s.io/kind@latest`, or kind.sigs.k8s.io.",
    }),
    "built-in": ({ name }) => ({
      says: name === "helm"
        ? "helm is not installed: the built-in one puts the same objects there"
        : "kubectl is not installed: the built-in one is used",
    }),
    there: ({ name, version }) => ({ says: `${name} ${version}` }),
    "helm-2": ({ version }) => ({
      says: `helm ${version} is of before helm 3`,
      remedy: "Install helm 3 or 4 (helm.sh/docs/intro/install), or say `--tools builtin`.",
    }),
    skew: ({ version, node }) => ({
      says: `kubectl ${version} and nodes of ${node} are more than one minor version apart`,
      remedy:
        "Install one within a minor version (Docker Desktop's may stand before it on PATH; `brew link --overwrite kubernetes-cli`), or say `--tools builtin`.",
    }),
    free: ({ ports }) => ({ says: `${ports} are free` }),
    ours: ({ ports }) => ({ says: `${ports} lead to the lab's kind cluster` }),
    busy: ({ ports, port, os }) => ({
      says: `taken by another program: ${ports}`,
      remedy: os === "windows"
        ? `See whose: \`netstat -ano | findstr ${port}\`. A tutor in another terminal holds them too: quit that.`
        : `See whose: \`${
          os === "darwin" ? `lsof -i :${port}` : `ss -ltnp 'sport = :${port}'`
        }\`. A tutor in another terminal holds them too: quit that.`,
    }),
    reserved: ({ ports }) => ({
      says: `kept back by the system: ${ports}`,
      remedy:
        "On Windows: `netsh int ipv4 show excludedportrange protocol=tcp`, then as administrator `net stop winnat` and `net start winnat`.",
    }),
    refused: ({ ports, reason }) => ({
      says: `cannot be had: ${ports} (${reason})`,
      remedy: "See what keeps programs from listening there.",
    }),
    "no-port": ({ reason }) => ({
      says: `no port of 127.0.0.1 can be had for the API server: ${reason}`,
      remedy: "See what keeps programs from listening there.",
    }),
    enough: ({ gigabytes }, about) => ({
      says: about === "memory" ? `${gigabytes} GB for containers` : `${gigabytes} GB are free`,
    }),
    little: ({ gigabytes, least, where, name }, about) =>
      about === "memory"
        ? {
          says: `${gigabytes} GB for containers; the lessons want ${least} GB`,
          remedy: where === "desktop"
            ? "Docker Desktop › Settings › Resources: give it more memory (with WSL: `memory=8GB` below `[wsl2]` in `%UserProfile%\\.wslconfig`, then `wsl --shutdown`)."
            : where === "wsl"
            ? "`memory=8GB` below `[wsl2]` in `%UserProfile%\\.wslconfig`, then `wsl --shutdown`."
            : where === "podman"
            ? "`podman machine stop`, `podman machine set --memory 8192`, `podman machine start`."
            : "Close other programs, or stop other containers.",
        }
        : {
          says: `${gigabytes} GB are free where images are kept; the lessons want ${least} GB`,
          remedy: `\`${name} system prune\` removes what no container uses.`,
        },
    unknown: ({ name }) => ({
      says: `${name} keeps images in a machine of its own; \`${name} system df\` tells of them`,
    }),
    reached: ({ hosts }) => ({ says: `${hosts} answer` }),
    unreached: ({ host, fault }) => ({
      says: `not reached from here: ${host} (${fault})`,
      remedy:
        "Behind a proxy: HTTPS_PROXY and NO_PROXY of the docker daemon, and of the shell that runs kind. Images that are here can be loaded: `kind load docker-image`.",
    }),
    v1: () => ({
      says: "v1, which kind will give up",
      remedy: CGROUP_EN,
    }),
    "v1-refused": ({ node }) => ({
      says: `v1, on which a kubelet of ${node} ends itself`,
      remedy:
        `${CGROUP_EN} Or an older node: \`kind create cluster --image kindest/node:v1.34.0\`.`,
    }),
    v2: () => ({ says: "v2" }),
    wsl1: () => ({
      says: "this is WSL 1, which runs no containers",
      remedy: "In PowerShell: `wsl --set-version DISTRIBUTION 2`.",
    }),
    wsl2: () => ({
      says:
        "this is WSL 2: ports open in Windows as well; Services with sessionAffinity do not work",
    }),
    inotify: ({ watches, instances, wanted, wantedInstances }) => ({
      says:
        `inotify: ${watches} watches and ${instances} instances; pods may end with "too many open files"`,
      remedy:
        `\`sudo sysctl fs.inotify.max_user_watches=${wanted} fs.inotify.max_user_instances=${wantedInstances}\``,
    }),
    "chrome-os": () => ({
      says: "this is Chrome OS, whose container must allow nesting",
      remedy:
        "In crosh's termina: `lxc config set penguin security.nesting true`; and `featureGates: {KubeletInUserNamespace: true}` in examples/kind-config.yaml.",
    }),
    firewalld: () => ({
      says: "firewalld with nftables may keep nodes from each other",
      remedy:
        "Where they do not reach each other: `FirewallBackend=iptables` in /etc/firewalld/firewalld.conf, and restart firewalld.",
    }),
  },
  ready: (command) => `Nothing stands in the way: ${command}`,
  inTheWay: (count, command) =>
    `${
      count === 1 ? "One thing stands" : `${count} things stand`
    } in the way of a kind cluster. Meanwhile the lessons run in the sandbox: ${command}`,
  needsTask: (command) => `This task may not look at the machine. Begin with:\n${command}`,
};

const CGROUP_EN =
  "Linux: boot with `systemd.unified_cgroup_hierarchy=1`. WSL: `kernelCommandLine = cgroup_no_v1=all` below `[wsl2]` in `%UserProfile%\\.wslconfig`, then `wsl --shutdown`. Docker Desktop: take `deprecatedCgroupv1` out of its settings.";
const CGROUP_KO =
  "Linux: `systemd.unified_cgroup_hierarchy=1`로 부팅하세요. WSL: `%UserProfile%\\.wslconfig`의 `[wsl2]` 아래에 `kernelCommandLine = cgroup_no_v1=all`을 쓰고 `wsl --shutdown`. Docker Desktop: 설정에서 `deprecatedCgroupv1`을 빼세요.";

const KO: PreflightWords = {
  subjects: {
    runtime: "컨테이너",
    kind: "kind",
    kubectl: "kubectl",
    helm: "helm",
    ports: "포트",
    memory: "메모리",
    disk: "디스크",
    registries: "레지스트리",
    cgroup: "cgroup",
    system: "시스템",
  },
  levels: { ok: "정상", note: "참고", warning: "확인", bad: "문제" },
  tell: {
    none: ({ os }) => ({
      says: "docker도 podman도 설치되어 있지 않습니다",
      remedy: os === "linux"
        ? "docker(`sudo apt install docker.io` 또는 docs.docker.com/engine/install)나 podman을 설치하세요."
        : "Docker Desktop, Rancher Desktop, Podman Desktop 가운데 하나를 설치하고 켜세요.",
    }),
    "outside-wsl": () => ({
      says: "Docker Desktop의 docker인데 이 WSL 배포판에서는 아직 쓸 수 없습니다",
      remedy: "Docker Desktop › Settings › Resources › WSL integration에서 이 배포판을 켜세요.",
    }),
    down: ({ name, os, wsl }) => ({
      says: `${name}은(는) 설치되어 있지만 엔진이 답하지 않습니다`,
      remedy: name === "podman"
        ? "시작하세요: `podman machine start`(macOS, Windows) 또는 `systemctl --user start podman.socket`."
        : os !== "linux"
        ? "Docker Desktop을 켜세요."
        : wsl
        ? "Windows에서 Docker Desktop을 켜거나 여기서 `sudo service docker start`를 실행하세요."
        : "시작하세요: `sudo systemctl start docker`.",
    }),
    denied: ({ name }) => ({
      says: `${name} 엔진을 쓸 권한이 없습니다`,
      remedy:
        "`sudo usermod -aG docker $USER`를 실행하고 다시 로그인하세요(또는 `newgrp docker`). `~/.docker`의 주인이 root이면 `sudo chown -R $USER ~/.docker`.",
    }),
    fails: ({ name, fault }) => ({
      says: `${name} 실행 실패: ${fault}`,
      remedy: `\`${name}\`을(를) 따로 실행해 보고 나오는 문제를 고치세요.`,
    }),
    answers: ({ name, version, system }) => ({
      says: `${name} ${version}${system ? ` (${system})` : ""}`,
    }),
    old: ({ name, version, least }) => ({
      says: `${name} ${version}은(는) ${least}보다 오래되었습니다`,
      remedy: name === "kind"
        ? "새 노드 이미지에는 새 kind가 필요합니다: kind.sigs.k8s.io, `brew upgrade kind`, `winget upgrade Kubernetes.kind`."
        : `노드마다 cgroup 네임스페이스를 쓰므로 ${name} ${least} 이상이 필요합니다. 업그레이드하세요.`,
    }),
    "windows-containers": () => ({
      says: "docker가 Windows 컨테이너를 실행하고 있는데 노드는 Linux 컨테이너입니다",
      remedy: "트레이의 Docker Desktop 메뉴에서 Switch to Linux containers를 고르세요.",
    }),
    architecture: ({ arch }) => ({
      says: `${arch}용 노드 이미지가 없습니다`,
      remedy: "amd64나 arm64 컴퓨터를 쓰거나 직접 만드세요: `kind build node-image`.",
    }),
    "old-kernel": ({ kernel }) => ({
      says: `커널 ${kernel}에는 cgroup 네임스페이스가 없습니다`,
      remedy: "kind에는 Linux 4.6 이상이 필요합니다. 시스템을 올리거나 가상 머신을 쓰세요.",
    }),
    init: () => ({
      says:
        '/etc/docker/daemon.json의 "init": true 때문에 노드의 init이 1번 프로세스가 되지 못합니다',
      remedy: "그 줄을 빼고 docker를 다시 시작하세요.",
    }),
    snap: () => ({
      says: "snap으로 설치한 docker라서 임시 폴더를 거의 볼 수 없습니다",
      remedy: "TMPDIR을 홈 아래 폴더로 지정하거나 docker-ce를 설치하세요.",
    }),
    "rootless-cgroup": ({ name }) => ({
      says: `rootless ${name}이(가) cgroup v1 위에 있어 kind를 쓸 수 없습니다`,
      remedy: "cgroup v2로 부팅하거나 root 권한의 엔진을 쓰세요.",
    }),
    "rootless-delegate": ({ name }) => ({
      says: `rootless ${name}이(가) 메모리, 프로세스 수, CPU를 제한할 수 없습니다`,
      remedy:
        "/etc/systemd/system/user@.service.d/delegate.conf의 `[Service]` 아래에 `Delegate=yes`를 쓰고 `sudo systemctl daemon-reload` 후 다시 로그인하세요.",
    }),
    podman: () => ({ says: "kind의 podman 지원은 실험 단계입니다" }),
    desktop: () => ({
      says: "노드는 Docker Desktop의 가상 머신 안에 있어, 매핑된 포트로만 닿을 수 있습니다",
    }),
    missing: () => ({
      says: "kind가 설치되어 있지 않습니다",
      remedy:
        "`brew install kind`, `winget install Kubernetes.kind`, `go install sigs.k8s.io/kind@latest`, 또는 kind.sigs.k8s.io.",
    }),
    "built-in": ({ name }) => ({
      says: name === "helm"
        ? "helm이 설치되어 있지 않아 내장 helm이 같은 오브젝트를 만듭니다"
        : "kubectl이 설치되어 있지 않아 내장 kubectl을 씁니다",
    }),
    there: ({ name, version }) => ({ says: `${name} ${version}` }),
    "helm-2": ({ version }) => ({
      says: `helm ${version}은 helm 3 이전 버전입니다`,
      remedy: "helm 3이나 4를 설치하거나(helm.sh/docs/intro/install) `--tools builtin`을 쓰세요.",
    }),
    skew: ({ version, node }) => ({
      says: `kubectl ${version}와(과) 노드 ${node}의 마이너 버전이 둘 이상 다릅니다`,
      remedy:
        "마이너 버전 하나 이내의 kubectl을 설치하거나(PATH에서 Docker Desktop의 것이 먼저일 수 있습니다. `brew link --overwrite kubernetes-cli`) `--tools builtin`을 쓰세요.",
    }),
    free: ({ ports }) => ({ says: `${ports} 사용 가능` }),
    ours: ({ ports }) => ({ says: `${ports}: 실습용 kind 클러스터로 이어집니다` }),
    busy: ({ ports, port, os }) => ({
      says: `${ports}: 다른 프로그램이 쓰고 있습니다`,
      remedy: os === "windows"
        ? `누구인지 보기: \`netstat -ano | findstr ${port}\`. 다른 터미널의 tutor도 이 포트를 씁니다. 그 tutor를 끝내세요.`
        : `누구인지 보기: \`${
          os === "darwin" ? `lsof -i :${port}` : `ss -ltnp 'sport = :${port}'`
        }\`. 다른 터미널의 tutor도 이 포트를 씁니다. 그 tutor를 끝내세요.`,
    }),
    reserved: ({ ports }) => ({
      says: `${ports}: 시스템이 예약해 두었습니다`,
      remedy:
        "Windows: `netsh int ipv4 show excludedportrange protocol=tcp`로 확인하고, 관리자 권한으로 `net stop winnat` 후 `net start winnat`.",
    }),
    refused: ({ ports, reason }) => ({
      says: `${ports}: 쓸 수 없습니다 (${reason})`,
      remedy: "무엇이 포트를 여는 것을 막는지 확인하세요.",
    }),
    "no-port": ({ reason }) => ({
      says: `API 서버가 쓸 127.0.0.1의 포트를 얻을 수 없습니다: ${reason}`,
      remedy: "무엇이 포트를 여는 것을 막는지 확인하세요.",
    }),
    enough: ({ gigabytes }, about) => ({
      says: about === "memory"
        ? `컨테이너가 쓸 수 있는 ${gigabytes} GB`
        : `남은 공간 ${gigabytes} GB`,
    }),
    little: ({ gigabytes, least, where, name }, about) =>
      about === "memory"
        ? {
          says: `컨테이너가 쓸 수 있는 것은 ${gigabytes} GB인데 수업에는 ${least} GB가 필요합니다`,
          remedy: where === "desktop"
            ? "Docker Desktop › Settings › Resources에서 메모리를 늘리세요(WSL이면 `%UserProfile%\\.wslconfig`의 `[wsl2]` 아래에 `memory=8GB`를 쓰고 `wsl --shutdown`)."
            : where === "wsl"
            ? "`%UserProfile%\\.wslconfig`의 `[wsl2]` 아래에 `memory=8GB`를 쓰고 `wsl --shutdown`."
            : where === "podman"
            ? "`podman machine stop`, `podman machine set --memory 8192`, `podman machine start`."
            : "다른 프로그램을 닫거나 다른 컨테이너를 멈추세요.",
        }
        : {
          says: `이미지를 두는 곳에 ${gigabytes} GB가 남았는데 수업에는 ${least} GB가 필요합니다`,
          remedy: `\`${name} system prune\`으로 쓰지 않는 것을 지우세요.`,
        },
    unknown: ({ name }) => ({
      says: `${name} 이미지는 가상 머신 안에 있습니다. \`${name} system df\`로 볼 수 있습니다`,
    }),
    reached: ({ hosts }) => ({ says: `${hosts} 응답함` }),
    unreached: ({ host, fault }) => ({
      says: `여기서 닿지 않습니다: ${host} (${fault})`,
      remedy:
        "프록시 뒤라면 docker 데몬과 kind를 실행하는 셸에 HTTPS_PROXY와 NO_PROXY를 지정하세요. 이미 있는 이미지는 넣을 수 있습니다: `kind load docker-image`.",
    }),
    v1: () => ({
      says: "v1. kind는 곧 지원을 끝냅니다",
      remedy: CGROUP_KO,
    }),
    "v1-refused": ({ node }) => ({
      says: `v1에서는 ${node}의 kubelet이 스스로 끝납니다`,
      remedy: `${CGROUP_KO} 또는 이전 노드: \`kind create cluster --image kindest/node:v1.34.0\`.`,
    }),
    v2: () => ({ says: "v2" }),
    wsl1: () => ({
      says: "WSL 1에서는 컨테이너를 실행할 수 없습니다",
      remedy: "PowerShell에서: `wsl --set-version 배포판 2`.",
    }),
    wsl2: () => ({
      says:
        "WSL 2입니다. 포트는 Windows에서도 열리고, sessionAffinity를 쓰는 Service는 동작하지 않습니다",
    }),
    inotify: ({ watches, instances, wanted, wantedInstances }) => ({
      says:
        `inotify: watches ${watches}, instances ${instances}. 파드가 "too many open files"로 끝날 수 있습니다`,
      remedy:
        `\`sudo sysctl fs.inotify.max_user_watches=${wanted} fs.inotify.max_user_instances=${wantedInstances}\``,
    }),
    "chrome-os": () => ({
      says: "Chrome OS에서는 컨테이너의 중첩을 허용해야 합니다",
      remedy:
        "crosh의 termina에서 `lxc config set penguin security.nesting true`, 그리고 examples/kind-config.yaml에 `featureGates: {KubeletInUserNamespace: true}`.",
    }),
    firewalld: () => ({
      says: "nftables를 쓰는 firewalld가 노드 사이의 통신을 막을 수 있습니다",
      remedy:
        "서로 닿지 않으면 /etc/firewalld/firewalld.conf에 `FirewallBackend=iptables`를 쓰고 firewalld를 다시 시작하세요.",
    }),
  },
  ready: (command) => `막는 것이 없습니다: ${command}`,
  inTheWay: (count, command) =>
    `kind 클러스터를 막는 것이 ${count}가지 있습니다. 그동안 수업은 샌드박스에서 할 수 있습니다: ${command}`,
  needsTask: (command) =>
    `이 작업의 권한으로는 컴퓨터를 살필 수 없습니다. 이렇게 시작하세요:\n${command}`,
};

export const PREFLIGHT_WORDS: Readonly<Record<Language, PreflightWords>> = { en: EN, ko: KO };

/** A finding in words. */
export function toldFinding({ code, values, about }: Finding, words: PreflightWords): Told {
  const { says, remedy } = words.tell[code](values, about);
  return {
    says: withParticles(says),
    ...(remedy === undefined ? {} : { remedy: withParticles(remedy) }),
  };
}
