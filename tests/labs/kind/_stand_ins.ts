/*
 * Stand-ins for programs of the learner's: scripts on a PATH of their own, that take the arguments and print what the real
 * ones do, by their sources. They are no docker and no kind: what they say is so, is not.
 */

/** A folder of programs, for PATH; removed when disposed. */
export class StandIns implements AsyncDisposable {
  private constructor(readonly folder: string) {}

  static async make(programs: Record<string, string>): Promise<StandIns> {
    const made = new StandIns(await Deno.makeTempDir());
    for (const [name, script] of Object.entries(programs)) await made.put(name, script);
    return made;
  }

  async put(name: string, script: string): Promise<void> {
    await Deno.writeTextFile(`${this.folder}/${name}`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

/**
 * `docker info --format '{{json .}}'`, as far as it is read. Source: docker/cli cli/command/system/info.go, moby/moby
 * api/types/system/info.go.
 */
export function dockerInfo(changed: Record<string, unknown> = {}): string {
  return JSON.stringify({
    ServerVersion: "28.2.2",
    OperatingSystem: "Debian GNU/Linux 12 (bookworm)",
    OSType: "linux",
    KernelVersion: "6.1.0-37-amd64",
    Architecture: "x86_64",
    MemTotal: 16 * 1024 ** 3,
    CgroupDriver: "systemd",
    CgroupVersion: "2",
    MemoryLimit: true,
    PidsLimit: true,
    CPUShares: true,
    SecurityOptions: ["name=apparmor", "name=seccomp,profile=builtin", "name=cgroupns"],
    DockerRootDir: "/var/lib",
    ...changed,
  });
}

/** A docker that answers questions of preflight's; `ports` are lines of `docker port`. */
export function dockerScript(
  { info = dockerInfo(), images = "", ports = "" }: {
    info?: string;
    images?: string;
    ports?: string;
  } = {},
): string {
  return `case "$1" in
info) printf '%s\\n' '${info}' ;;
images) printf '%s\\n' '${images}' ;;
ps) [ -z '${ports}' ] || echo hpa-practice-control-plane ;;
port) printf '%s\\n' '${ports}' ;;
*) echo "no such command here: $*" >&2; exit 1 ;;
esac`;
}

/** Source: kubernetes-sigs/kind pkg/cmd/kind/version/version.go. */
export const kindVersion = (version: string) =>
  `if [ "$*" = "version -q" ]; then echo ${version}; else echo "kind v${version} go1.25.0 linux/amd64"; fi`;

/** Source: kubernetes/kubectl pkg/cmd/version/version.go. */
export const kubectlVersion = (version: string) =>
  `echo '{"clientVersion":{"gitVersion":"${version}"},"kustomizeVersion":"v5.7.1"}'`;

/** Source: helm/helm pkg/cmd/version.go. */
export const helmVersion = (version: string) => `printf %s ${version}`;

/** A system whose limits are high, on cgroup v2. */
export const calmSystem = {
  stat: "echo cgroup2fs",
  sysctl: "printf '524288\\n512\\n'",
};

/**
 * A kind whose cluster is whatever `folder`/kubeconfig leads to: there once it was created. What it was called with is in
 * `folder`/calls. Source: kubernetes-sigs/kind pkg/cmd/kind, pkg/cluster/internal/create/create.go,
 * pkg/cluster/internal/delete/delete.go, pkg/cluster/internal/kubeconfig.
 */
export const kindScript = (folder: string) =>
  `echo "$*" >> '${folder}/calls'
case "$1 $2" in
"version -q") echo 0.32.0 ;;
"get clusters")
  if [ -e '${folder}/cluster' ]; then echo hpa-practice; else echo "No kind clusters found." >&2; fi
  if [ -e '${folder}/other' ]; then echo other; fi ;;
"get kubeconfig") cat '${folder}/kubeconfig' ;;
"create cluster")
  if [ -e '${folder}/cluster' ]; then
    echo 'ERROR: failed to create cluster: node(s) already exist for a cluster with the name "hpa-practice"' >&2
    exit 1
  fi
  echo 'Creating cluster "hpa-practice" ...' >&2
  echo ' ✓ Ensuring node image (kindest/node:v1.36.1) 🖼' >&2
  touch '${folder}/cluster'
  echo 'Set kubectl context to "kind-hpa-practice"' >&2
  echo "$KUBECONFIG" > '${folder}/exported' ;;
"delete cluster")
  echo 'Deleting cluster "hpa-practice" ...' >&2
  rm -f '${folder}/cluster'
  echo 'Deleted nodes: ["hpa-practice-control-plane" "hpa-practice-worker"]' >&2 ;;
*) echo "no such command here: $*" >&2; exit 1 ;;
esac`;

/** A docker that has kind's nodes mapped into no port of this machine. */
export const idleDocker =
  `case "$1" in -v) echo "Docker version 28.2.2, build e6534b4" ;; ps) ;; *) exit 1 ;; esac`;
