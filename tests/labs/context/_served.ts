import { fileURLToPath } from "node:url";
import { fromYaml } from "../../../lib/go/mod.ts";
import type { KubeObject } from "../../../lib/kube/mod.ts";
import { KubeClient } from "../../../lib/kube/mod.ts";
import {
  connect,
  type Connection,
  type ContextLab,
  openContextLab,
} from "../../../lib/labs/context/mod.ts";
import { Conversation } from "../../cli/_real_process.ts";
import { type Census, census, remove } from "./_census.ts";

const MAIN = fileURLToPath(new URL("../../../main.ts", import.meta.url));

/** How fast the served lab's time runs, unless a test asks for less: an hour takes a machine seconds of its own. */
const SPEED = 600;

/** The kubeconfig of a genuine cluster, where `deno task test:real` runs the test. */
const REAL = Deno.env.get("HPA_TUTOR_REAL");

/** The cluster of another process, over TLS: what `lab serve` serves, or a genuine one. */
export class Served implements AsyncDisposable {
  readonly #process: Conversation | undefined;
  readonly #folders: string[];
  #before: Census | undefined;

  private constructor(
    process: Conversation | undefined,
    folders: string[],
    readonly kubeconfigPath: string,
    readonly speed: number,
  ) {
    this.#process = process;
    this.#folders = folders;
  }

  static async begin({ speed = SPEED } = {}): Promise<Served> {
    if (REAL === undefined) return await Served.#serve(speed);
    const served = new Served(undefined, [], REAL, 1);
    const connection = await served.connect();
    served.#before = await census(new KubeClient(connection.api));
    connection.close();
    return served;
  }

  static async #serve(speed: number): Promise<Served> {
    const home = await Deno.makeTempDir();
    const run = (...args: string[]) =>
      new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--quiet", "--no-check", MAIN, ...args, "--home", home],
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      });
    await new Conversation(run("exec", `clock x${speed}`)).end();
    const process = new Conversation(run("lab", "serve"));
    const [, path] = await process.until(/export KUBECONFIG=(\S+)/);
    return new Served(process, [home], path, speed);
  }

  async kubeconfig(): Promise<string> {
    return await Deno.readTextFile(this.kubeconfigPath);
  }

  /** A connection of an administrator's, or of whom other credentials are. */
  async connect(user?: { token: string }): Promise<Connection> {
    const config: any = fromYaml(await this.kubeconfig());
    if (user) config.users[0].user = user;
    const text = JSON.stringify(config);
    return await connect([{ path: this.kubeconfigPath, text }], undefined);
  }

  /** A lab on it, as who agreed to one has it, and whoever else works on the same cluster. */
  async openLab(
    { mark = "0a1b2c3d", programs }: { mark?: string; programs?: string[] } = {},
  ): Promise<{ lab: ContextLab; others: KubeClient }> {
    const connection = await this.connect();
    const others = new KubeClient(connection.api);
    const { metadata } = await others.get<KubeObject>("v1/namespaces", { name: "kube-system" });
    const homeDir = await this.folder();
    const lab = await openContextLab({
      homeDir,
      connection,
      cluster: metadata.uid!,
      mark,
      hostPorts: true,
      programs,
      ...REAL === undefined ? { speed: this.speed } : {},
    });
    return { lab, others };
  }

  async folder(): Promise<string> {
    const folder = await Deno.makeTempDir();
    this.#folders.push(folder);
    return folder;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process?.child.kill("SIGINT");
    await this.#process?.end();
    if (this.#before) await this.#clear(this.#before);
    for (const folder of this.#folders) await Deno.remove(folder, { recursive: true });
  }

  /** Deletes what a test made on a cluster that goes on. */
  async #clear(before: Census): Promise<void> {
    const connection = await this.connect();
    const client = new KubeClient(connection.api);
    for (let look = 0; look < 100; look++) {
      const made = [...(await census(client)).keys()].filter((key) => !before.has(key));
      if (made.length === 0) break;
      for (const key of made) await remove(client, key);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    connection.close();
  }
}
