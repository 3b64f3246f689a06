import { openWorkbench } from "../../lib/cli/context.ts";
import { parseGoDuration } from "../../lib/go/mod.ts";
import { FRESH_ENVIRONMENT } from "../../lib/shell/mod.ts";

/** A look at the lab that has to show something, now or within a time. */
export interface See {
  line: string;
  /** What stdout and stderr together must hold, and may not. */
  shows?: RegExp | readonly RegExp[];
  lacks?: RegExp;
  /** Lab time within which it must, as Go writes durations; now when absent. */
  within?: string;
}

/** A line that must succeed, time that passes, or a look. */
export type Act = string | { wait: string } | See;

/** What a learner's shell printed, both streams in one. */
interface Printed {
  text: string;
  exitCode: number;
}

const LOOK_EVERY_MS = 15_000;
/** A lab as it was at some time. */
interface KeptLab {
  entries: ReadonlyMap<string, string | Uint8Array>;
  /** Where its files are. */
  folder: string;
}

const START_MS = Date.UTC(2026, 0, 5, 9, 0, 0);

/** A lab in a throw-away home, with its clock moved by whoever plays on it. */
export class ScenarioLab {
  private constructor(
    private readonly home: string,
    private readonly bench: Awaited<ReturnType<typeof openWorkbench>>,
  ) {}

  static async open(seed: number): Promise<ScenarioLab> {
    const home = await Deno.makeTempDir({ prefix: "hpa-tutor-scenario-" });
    const bench = await openWorkbench(home, { seed, startMs: START_MS, purpose: "scenarios" });
    await bench.lab.ready();
    bench.lab.clock.setSpeed(0);
    return new ScenarioLab(home, bench);
  }

  /** What it is now, files too. */
  async keep(): Promise<KeptLab> {
    const entries = await this.bench.lab.entries();
    const folder = await Deno.makeTempDir({ dir: this.home, prefix: "kept-" });
    await copyFolder(`${this.home}/work`, folder);
    return { entries, folder };
  }

  /** Makes it what it was, on the same threads, which have their code loaded and warm. */
  async goBack({ entries, folder }: KeptLab): Promise<void> {
    await this.bench.lab.unpack(entries);
    await Deno.remove(`${this.home}/work`, { recursive: true });
    await copyFolder(folder, `${this.home}/work`);
    this.bench.shell.forget({ ...FRESH_ENVIRONMENT });
    await this.bench.lab.ready();
    this.bench.lab.clock.setSpeed(0);
  }

  /** Serves its API to other processes; gives the path of a kubeconfig for it. */
  async serve(): Promise<string> {
    return (await this.bench.lab.serveApi()).kubeconfigPath;
  }

  async close(): Promise<void> {
    await this.bench.close();
    await Deno.remove(this.home, { recursive: true });
  }

  get nowMs(): number {
    return this.bench.lab.clock.now();
  }

  async run(line: string): Promise<Printed> {
    const { stdout, stderr, exitCode } = await this.bench.shell.run(line);
    return { text: stdout + stderr, exitCode };
  }

  async pass(duration: string): Promise<void> {
    await this.bench.lab.clock.advance(parseGoDuration(duration));
  }

  /** Plays acts in order. Errors: ScenarioError for the first that does not come out. */
  async play(acts: readonly Act[]): Promise<void> {
    for (const act of acts) {
      if (typeof act === "string") await this.#must(act);
      else if ("wait" in act) await this.pass(act.wait);
      else await this.#see(act);
    }
  }

  async #must(line: string): Promise<void> {
    const { text, exitCode } = await this.run(line);
    if (exitCode !== 0) throw new ScenarioError(line, `status ${exitCode}`, text);
  }

  async #see({ line, shows = [], lacks, within = "0s" }: See): Promise<void> {
    const untilMs = this.nowMs + parseGoDuration(within);
    for (;;) {
      const { text } = await this.run(line);
      const missing = [shows].flat().find((pattern) => !pattern.test(text));
      const unwanted = lacks?.test(text) ? lacks : undefined;
      if (!missing && !unwanted) return;
      if (this.nowMs >= untilMs) {
        const why = missing ? `does not show ${missing}` : `shows ${unwanted}`;
        throw new ScenarioError(line, why, text);
      }
      await this.bench.lab.clock.advance(Math.min(LOOK_EVERY_MS, untilMs - this.nowMs));
    }
  }
}

/** A line that did not do what the scenario says. */
export class ScenarioError extends Error {
  override name = "ScenarioError";
  constructor(line: string, why: string, printed: string) {
    super(`$ ${line}\n${why}; it printed\n${printed}`);
  }
}

/** A lab that is built once, and is as it was then for each who begins on it, one after another. */
export class ScenarioBase {
  readonly #lab: Promise<ScenarioLab>;
  /** As it was built, and as it was after what somebody began with. */
  readonly #kept = new Map<string, KeptLab>();

  constructor(seed: number, acts: readonly Act[]) {
    this.#lab = this.#build(seed, acts);
  }

  async #build(seed: number, acts: readonly Act[]): Promise<ScenarioLab> {
    const lab = await ScenarioLab.open(seed);
    await lab.play(acts);
    this.#kept.set(JSON.stringify([]), await lab.keep());
    return lab;
  }

  /** The lab as it was built, and then played by `acts`, which come out the same each time. */
  async begin(acts: readonly (string | { wait: string })[] = []): Promise<ScenarioLab> {
    const lab = await this.#lab;
    const key = JSON.stringify(acts);
    const kept = this.#kept.get(key);
    await lab.goBack(kept ?? this.#kept.get(JSON.stringify([]))!);
    if (!kept) {
      await lab.play(acts);
      this.#kept.set(key, await lab.keep());
    }
    return lab;
  }

  async close(): Promise<void> {
    await (await this.#lab).close();
  }
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}
