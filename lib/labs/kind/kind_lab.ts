import { messageOf } from "../../base/mod.ts";
import { toYaml } from "../../go/mod.ts";
import { KubeClient } from "../../kube/mod.ts";
import {
  CLUSTER,
  clusterUid,
  connect,
  type Durable,
  type Entered,
  openOn,
  PORTS,
  programEnvironment,
  RealLab,
  type RealLabOptions,
} from "../context/mod.ts";
import type { HomeLock } from "../home.ts";
import { type ProgramIo, type ProgramRun, spawnProgram } from "../programs.ts";
import { NAMESPACE } from "../remote_lab.ts";
import { refusedKind } from "./kind_arguments.ts";
import { clusterPorts } from "./nodes.ts";
import { runProgram } from "./run_program.ts";

/** kind failed, in its own words. */
class KindFailedError extends Error {
  override name = "KindFailedError";
}

/** The name that kind gives the context of the lab's cluster. Source: kubernetes-sigs/kind pkg/cluster/internal/kubeconfig/internal/kubeconfig/helpers.go. */
export const KIND_CONTEXT = `kind-${CLUSTER}`;

export interface KindLabOptions extends RealLabOptions {
  /** The cluster that is there, which this home made; undefined where there is none. */
  entered?: Entered;
  /** Told before one is made, that it is known for the lab's where this process ends meanwhile. */
  onMaking(): void;
  /** Told of a cluster that was made here, by its uid, and of one that is gone. */
  onMade(cluster: string): void;
  onGone(cluster: string): void;
}

/**
 * The lab's cluster as kind has it now; undefined where there is none. Its connection is the caller's to close.
 * Errors: KindFailedError; as those of a connection where the cluster does not answer.
 */
export async function findKindCluster(): Promise<Entered | undefined> {
  if (!(await hasCluster())) return undefined;
  // Of kind itself, and of no file: so it is that of the cluster that is there now.
  const text = await kindSays(["get", "kubeconfig", "--name", CLUSTER]);
  const connection = await connect([{ path: "kind", text }], KIND_CONTEXT);
  try {
    return { connection, cluster: await clusterUid(new KubeClient(connection.api)) };
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Errors: KindFailedError. */
async function hasCluster(): Promise<boolean> {
  return (await kindSays(["get", "clusters"])).split("\n").includes(CLUSTER);
}

async function kindSays(args: string[]): Promise<string> {
  const ran = await runProgram("kind", args);
  if (ran?.code === 0) return ran.stdout;
  throw new KindFailedError(ran?.stderr.trim() || `kind ${args.join(" ")} failed`);
}

/**
 * A lab on a kind cluster that is made and deleted with the learner's own kind. All that is on it is the lab's.
 * Errors: HomeInUseError; StateError when the disk refuses.
 */
export async function openKindLab(options: KindLabOptions): Promise<KindLab> {
  const lab = await openOn(options, (state, lock) => new KindLab(options, lock, state));
  if (options.entered) await lab.goOn(options.entered);
  return lab;
}

export class KindLab extends RealLab {
  readonly kind = "kind";
  readonly context = KIND_CONTEXT;
  readonly #options: KindLabOptions;

  constructor(options: KindLabOptions, lock: HomeLock, state: Durable) {
    super({ ...options, programs: [...options.programs ?? [], "kind"], isOwn: true }, lock, state);
    this.#options = options;
  }

  /** Goes on with the cluster that is there, by the ports that kind has mapped into it. */
  async goOn(entered: Entered): Promise<void> {
    const ports = await clusterPorts(await containerRuntime(), CLUSTER);
    const mapped = ports.filter(({ port }) => PORTS.includes(port)).map(({ port, at }) => ({
      port,
      ...(at === port ? {} : { at }),
      state: "open" as const,
    }));
    this.enter(entered, mapped);
  }

  /** A cluster is made, by its configuration. Errors: an Error in kind's words. */
  async createCluster(
    name: string,
    { config, onProgress }: { config?: unknown; onProgress?: (line: string) => void },
  ): Promise<void> {
    const args = ["create", "cluster", "--name", name, ...config ? ["--config", "-"] : []];
    await this.#kind(args, config ? toYaml(config) : "", onProgress);
  }

  async deleteCluster(name: string): Promise<void> {
    await this.#kind(["delete", "cluster", "--name", name]);
  }

  async #kind(args: string[], stdin = "", onLine?: (line: string) => void): Promise<void> {
    let said = "";
    const code = await this.runProgram({ name: "kind", args, cwd: this.homeDir, stdin }, {
      out: () => {},
      err: (text) => {
        said += text;
        onLine?.(text.trimEnd());
      },
      signal: new AbortController().signal,
    });
    if (code !== 0) throw new KindFailedError(said.trim());
  }

  /** `kind` too, for this lab's cluster: what it made or deleted is gone on with, or without. */
  override async runProgram(run: ProgramRun, io: ProgramIo): Promise<number> {
    if (run.name !== "kind") return await super.runProgram(run, io);
    const refused = refusedKind(run, Deno.env.get("KIND_CLUSTER_NAME"));
    if (refused !== undefined) {
      io.err(refused);
      return 1;
    }
    const { homeDir } = this;
    const [verb] = run.args;
    if (verb === "create" || verb === "delete") io.asked?.("cluster", true);
    // Neither the contexts nor the choice among them is changed in the learner's own kubeconfig.
    const env = programEnvironment({ kubeconfig: `${homeDir}/kind-kubeconfig`, homeDir });
    if (verb === "create" && !(await hasCluster().catch(() => true))) this.#options.onMaking();
    const code = await spawnProgram(run, env, io);
    if (verb === "delete") await this.#deleted();
    return verb === "create" && code === 0 ? await this.#made(io) : code;
  }

  /** Goes on with what kind has made; its exit code. */
  async #made({ err }: ProgramIo): Promise<number> {
    let found: Entered | undefined;
    try {
      found = await findKindCluster();
    } catch (error) {
      err(`${messageOf(error)}\n`);
      return 1;
    }
    if (!found) return 0;
    this.#options.onMade(found.cluster);
    await this.goOn(found);
    return 0;
  }

  /** It may be there still, where kind failed. */
  async #deleted(): Promise<void> {
    const before = this.cluster;
    if (await hasCluster().catch(() => true)) return;
    this.exit();
    this.state.delete(NAMESPACE);
    if (before !== "") this.#options.onGone(before);
  }
}

/**
 * What runs the containers of kind's nodes.
 * Source: kubernetes-sigs/kind pkg/internal/runtime/runtime.go, pkg/cluster/provider.go (DetectNodeProvider).
 */
async function containerRuntime(): Promise<string> {
  const chosen = Deno.env.get("KIND_EXPERIMENTAL_PROVIDER");
  if (chosen === "docker" || chosen === "podman") return chosen;
  const docker = await runProgram("docker", ["-v"]);
  return docker?.code === 0 && docker.stdout.startsWith("Docker version") ? "docker" : "podman";
}
