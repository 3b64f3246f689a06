import assert from "node:assert/strict";
import { PREFLIGHT_WORDS, toldFinding } from "../../../lib/cli/preflight_words.ts";
import { type FindingCode, findings, type Machine } from "../../../lib/labs/kind/mod.ts";
import { runTask } from "../../cli/_user.ts";
import {
  calmSystem,
  dockerInfo,
  dockerScript,
  helmVersion,
  kindVersion,
  kubectlVersion,
  StandIns,
} from "./_stand_ins.ts";

const GB = 1024 ** 3;

/** A machine that can have a kind cluster. */
const READY: Machine = {
  os: "linux",
  isChromeOs: false,
  isFedora: false,
  initInDaemon: false,
  inotify: { watches: 524288, instances: 512 },
  cgroup: 2,
  memoryBytes: 16 * GB,
  freeMemoryBytes: 8 * GB,
  freeDiskBytes: 50 * GB,
  runtimes: [{
    name: "docker",
    version: "28.2.2",
    system: "Debian GNU/Linux 12",
    kernel: "6.1.0",
    arch: "x86_64",
    memoryBytes: 16 * GB,
    cgroup: 2,
    isRootless: false,
    isDelegated: true,
    runsWindows: false,
    rootDir: "/var/lib/docker",
  }],
  kind: { version: "0.32.0" },
  kubectl: { version: "v1.36.3" },
  helm: { version: "v4.3.1" },
  nodeImages: [],
  ports: [30950, 30951, 30952].map((port) => ({ port, state: "open", isOurs: false })),
  registries: [{ host: "registry-1.docker.io" }, { host: "quay.io" }],
};
const [DOCKER] = READY.runtimes;
const engine = (changed: Partial<typeof DOCKER>): Partial<Machine> => ({
  runtimes: [{ ...DOCKER, ...changed }],
});
const down = (fault: string): Partial<Machine> => ({ runtimes: [{ name: "docker", fault }] });

/** What is found beside what is well. */
function troubles(changed: Partial<Machine>): string[] {
  return findings({ ...READY, ...changed }).filter(({ level }) => level !== "ok")
    .map(({ about, level, code }) => `${about} ${level} ${code}`);
}

Deno.test("findings() tells each thing that stands in the way of a kind cluster, and nothing of a good machine", () => {
  assert.deepEqual(troubles({}), []);
  const cases: [Partial<Machine>, string[]][] = [
    [{ runtimes: [] }, ["runtime bad none"]],
    [
      down(
        "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
      ),
      ["runtime bad down"],
    ],
    [
      down("permission denied while trying to connect to the Docker daemon socket"),
      ["runtime bad denied"],
    ],
    [
      down("The command 'docker' could not be found in this WSL 2 distro."),
      ["runtime bad outside-wsl"],
    ],
    [down("segmentation fault"), ["runtime bad fails"]],
    [engine({ version: "19.03.1" }), ["runtime bad old"]],
    [engine({ name: "podman", version: "2.2.0" }), ["runtime bad old", "runtime note podman"]],
    [engine({ kernel: "3.10.0-1160.el7.x86_64" }), ["runtime bad old-kernel"]],
    [engine({ runsWindows: true }), ["runtime bad windows-containers"]],
    [engine({ arch: "riscv64" }), ["runtime bad architecture"]],
    [{ initInDaemon: true }, ["runtime bad init"]],
    [engine({ rootDir: "/var/snap/docker/common/var-lib-docker" }), ["runtime warning snap"]],
    [engine({ isRootless: true, isDelegated: false }), ["runtime bad rootless-delegate"]],
    [
      engine({ isRootless: true, cgroup: 1 }),
      ["runtime bad rootless-cgroup", "cgroup bad v1-refused"],
    ],
    [
      { os: "darwin", ...engine({ system: "Docker Desktop", memoryBytes: 2 * GB }) },
      ["runtime note desktop", "memory warning little", "disk note unknown"],
    ],
    [{ kind: undefined }, ["kind bad missing"]],
    [{ kind: { version: "0.17.0" } }, ["kind warning old"]],
    [{ kubectl: undefined, helm: undefined }, ["kubectl note built-in", "helm note built-in"]],
    [{ kubectl: { version: "v1.34.9" } }, ["kubectl warning skew"]],
    // kind 0.29 makes nodes of 1.33.
    [{ kind: { version: "0.29.0" }, kubectl: { version: "v1.34.9" } }, []],
    [
      { kind: { version: "0.99.0" }, nodeImages: ["kindest/node:v1.40.0"] },
      ["kubectl warning skew"],
    ],
    [{ helm: { version: "v2.17.0" } }, ["helm bad helm-2"]],
    [{ helm: { fault: "exec format error" } }, ["helm warning fails"]],
    [
      {
        ports: [
          { port: 30950, state: "busy", isOurs: false },
          { port: 30951, state: "reserved", isOurs: false },
          { port: 30952, state: "busy", isOurs: true },
        ],
      },
      ["ports bad busy", "ports bad reserved"],
    ],
    [{ apiPort: "busy" }, ["ports bad no-port"]],
    [{ freeMemoryBytes: 1.5 * GB }, ["memory bad little"]],
    [{ freeMemoryBytes: 3 * GB }, ["memory warning little"]],
    [{ freeDiskBytes: 2 * GB }, ["disk bad little"]],
    [{ freeDiskBytes: 6 * GB }, ["disk warning little"]],
    [engine({ cgroup: 1 }), ["cgroup bad v1-refused"]],
    // A kubelet of 1.33 runs there still.
    [
      { ...engine({ cgroup: 1 }), kind: { version: "0.29.0" }, kubectl: { version: "v1.33.0" } },
      ["cgroup warning v1"],
    ],
    [
      {
        registries: [{ host: "registry-1.docker.io", fault: "a" }, { host: "quay.io", fault: "a" }],
      },
      ["registries bad unreached", "registries warning unreached"],
    ],
    [
      {
        nodeImages: ["kindest/node:v1.36.1"],
        registries: [{ host: "registry-1.docker.io", fault: "a" }, { host: "quay.io", fault: "a" }],
      },
      ["registries warning unreached"],
    ],
    [{ wsl: 1 }, ["system bad wsl1"]],
    [{ wsl: 2 }, ["system note wsl2"]],
    [{ inotify: { watches: 8192, instances: 128 } }, ["system warning inotify"]],
    [{ isChromeOs: true }, ["system warning chrome-os"]],
    [{ isFedora: true, firewallBackend: "nftables" }, ["system warning firewalld"]],
  ];
  for (const [changed, expected] of cases) {
    assert.deepEqual(troubles(changed), expected, JSON.stringify(changed));
  }
});

Deno.test("every trouble has a remedy, in each language", () => {
  const values = new Proxy({}, { get: (_, name) => name === "os" ? "linux" : `<${String(name)}>` });
  const ready: FindingCode[] = [
    "answers",
    "there",
    "built-in",
    "podman",
    "desktop",
    "free",
    "ours",
    "enough",
    "unknown",
    "reached",
    "v2",
    "wsl2",
  ];
  for (const words of Object.values(PREFLIGHT_WORDS)) {
    for (const code of Object.keys(words.tell) as FindingCode[]) {
      const told = toldFinding({ about: "memory", level: "bad", code, values }, words);
      assert.notEqual(told.says, "");
      assert.equal(told.remedy !== undefined, !ready.includes(code), code);
    }
  }
});

Deno.test("preflight asks the programs that are on PATH, and its exit code tells what came of it", async () => {
  await using programs = await StandIns.make({
    ...calmSystem,
    docker: dockerScript({
      images: "kindest/node:v1.36.1",
      ports:
        "30950/tcp -> 0.0.0.0:30950\n30951/tcp -> 0.0.0.0:30951\n30952/tcp -> 0.0.0.0:30952\n6443/tcp -> 127.0.0.1:41853",
    }),
    kind: kindVersion("0.32.0"),
    kubectl: kubectlVersion("v1.36.3"),
    helm: helmVersion("v4.3.1"),
  });
  const env = { PATH: programs.folder };
  const ready = await runTask("preflight", ["--json"], { env });
  const { ok, findings } = JSON.parse(ready.stdout);
  const codes = (of: any[]) => of.map(({ about, level, code }) => `${about} ${level} ${code}`);
  const said = codes(findings);
  for (
    const one of [
      "runtime ok answers",
      "kind ok there",
      "kubectl ok there",
      "helm ok there",
      "ports ok ours",
      "cgroup ok v2",
    ]
  ) assert.ok(said.includes(one), `${one} is not among:\n${said.join("\n")}`);
  // Whether memory, disk and registries are enough is this machine's.
  assert.equal(ready.code, ok ? 0 : 1);

  await programs.put("docker", dockerScript({ info: dockerInfo({ CgroupVersion: "1" }) }));
  await programs.put("kind", 'echo "kind: exec format error" >&2; exit 126');
  const { code, stdout } = await runTask("preflight", ["--lang", "ko"], { env });
  assert.equal(code, 1);
  assert.match(stdout, /\[문제\] kind 실행 실패: kind: exec format error/);
  assert.match(stdout, /cgroup +\[문제\] v1/);
  assert.match(stdout, /kind 클러스터를 막는 것이 \d가지 있습니다/);
});

Deno.test("a task that may not look at the machine names the one that may", async () => {
  const { code, stderr } = await runTask("tutor", ["preflight"]);
  assert.equal(code, 2);
  assert.match(stderr, /Begin with:\ndeno task preflight\n/);
});
