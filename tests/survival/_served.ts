import { Conversation, userCommand } from "../cli/_real_process.ts";
import { Client } from "./_client.ts";

/** A lab served by a process of its own, with the permissions of a user's. */
export class Served implements AsyncDisposable {
  readonly client: Client;
  readonly #process: Conversation;
  /** Whether it has ended without being asked. */
  ended = false;

  private constructor(process: Conversation, client: Client) {
    this.#process = process;
    this.client = client;
    void process.child.status.then(() => this.ended = true);
  }

  /** Errors: when the process ends before it serves. */
  static at(home: string, options: string[] = []): Promise<Served> {
    const words = ["lab", "serve", "--home", home, ...options];
    return Served.by(new Conversation(userCommand(words)), home);
  }

  /** A process that serves `home`, once it does. */
  static async by(process: Conversation, home: string): Promise<Served> {
    try {
      await process.until(/Ctrl-C ends it/);
      return new Served(process, new Client(await Deno.readTextFile(`${home}/kubeconfig`)));
    } catch (error) {
      await process[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** All that it has printed. */
  get seen(): string {
    return this.#process.seen;
  }

  /** Where one of the lab's ports is on this machine: elsewhere when another program has it. */
  portOf(port: number): number {
    return Number(
      new RegExp(`${port} → http://127\\.0\\.0\\.1:(\\d+)`).exec(this.seen)?.[1] ?? port,
    );
  }

  /** kill -9, and its end. */
  async kill(): Promise<void> {
    this.client.close();
    await this.#process[Symbol.asyncDispose]();
  }

  /** Asks it to end, as Ctrl-C does; gives the exit code. */
  async end(): Promise<number> {
    this.client.close();
    this.#process.child.kill("SIGINT");
    return await this.#process.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
