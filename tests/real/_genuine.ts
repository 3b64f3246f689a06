import { KubeClient } from "../../lib/kube/mod.ts";
import { connect, type Connection } from "../../lib/labs/context/mod.ts";
import { type Ran, runTask } from "../cli/_user.ts";

/** The kubeconfig that `deno task test:real` hands to tests. */
const PATH = Deno.env.get("HPA_TUTOR_REAL");

export function kubeconfigPath(): string {
  if (PATH === undefined) throw new Error("begin it with: deno task test:real");
  return PATH;
}

/** A connection to the cluster by whom the kubeconfig names. */
export async function connectTo(text?: string): Promise<Connection> {
  const path = kubeconfigPath();
  return await connect([{ path, text: text ?? await Deno.readTextFile(path) }], undefined);
}

/** Who works on the cluster beside the lab. */
export class Other implements Disposable {
  private constructor(readonly connection: Connection, readonly client: KubeClient) {}

  static async begin(): Promise<Other> {
    const connection = await connectTo();
    return new Other(connection, new KubeClient(connection.api));
  }

  [Symbol.dispose](): void {
    this.connection.close();
  }
}

/** Runs a task as a learner does whose KUBECONFIG leads to the cluster. */
export async function runReal(task: string, ...args: string[]): Promise<Ran> {
  return await runTask(task, args, { env: { KUBECONFIG: kubeconfigPath() } });
}
