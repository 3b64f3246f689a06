import { PROJECT_URL } from "../../lib/cli/context.ts";

type Row = (what: string, figure: string, against?: string, ratio?: string) => void;

/** A cluster that another process serves, and how it is reached. */
interface Reached {
  kubeconfigPath: string;
  context: string;
  /** What a stock kubectl takes there, in wall milliseconds; undefined where there is none. */
  stockMs: number | undefined;
}

const ms = (value: number) => `${value.toFixed(value < 10 ? 2 : 0)} ms`;
const PROMPT = /[$>] ?$/;
/** How often a line is typed; the least counts. */
const TURNS = 10;

/** A tutor on a real cluster, as its task begins it. */
class Tutor implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<string>;

  constructor(home: string, { kubeconfigPath, context }: Reached) {
    const lock = ["--lock=lib/labs/context/deno.lock", "--frozen"];
    const on = ["--on", `context=${context}`, "--allow-context", context, "--tools", "builtin"];
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", ...lock, "main.ts", "--plain", "--lang", "en", "--home", home, ...on],
      cwd: PROJECT_URL,
      env: { KUBECONFIG: kubeconfigPath },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#reader = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Reads up to the next prompt. Errors: where the process ends before. */
  async prompt(): Promise<string> {
    let text = "";
    while (!PROMPT.test(text)) {
      const { value, done } = await this.#reader.read();
      if (done) throw new Error(`the tutor on ${this.#child.pid} ended: ${text}`);
      text += value;
    }
    return text;
  }

  async type(line: string): Promise<string> {
    await this.#writer.write(new TextEncoder().encode(`${line}\n`));
    return await this.prompt();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
  }
}

/** What a learner waits for whose lab is a real cluster: the first prompt, and a line against a stock kubectl's. */
export async function measureReal(reached: Reached, row: Row, emptyMs: number): Promise<void> {
  const home = await Deno.makeTempDir({ prefix: "hpa-tutor-bench-" });
  try {
    let promptMs = Infinity;
    for (let i = 0; i < 3; i++) {
      const startMs = performance.now();
      await using tutor = new Tutor(home, reached);
      await tutor.prompt();
      // The first one also agrees.
      if (i > 0) promptMs = Math.min(promptMs, performance.now() - startMs);
    }
    row(
      "start on a real cluster to the first prompt",
      ms(promptMs),
      `deno eval 0, ${ms(emptyMs)}`,
      `${(promptMs / emptyMs).toFixed(1)} x`,
    );
    await using tutor = new Tutor(home, reached);
    await tutor.prompt();
    let lineMs = Infinity;
    for (let i = 0; i < TURNS; i++) {
      const startMs = performance.now();
      const told = await tutor.type("kubectl get pods -A");
      if (!/Running/.test(told)) throw new Error(told);
      lineMs = Math.min(lineMs, performance.now() - startMs);
    }
    const { stockMs } = reached;
    row(
      "kubectl get pods -A on a real cluster",
      ms(lineMs),
      ...stockMs === undefined
        ? ["no stock kubectl here"]
        : [`stock kubectl, ${ms(stockMs)}`, `${(stockMs / lineMs).toFixed(0)} x`],
    );
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}
