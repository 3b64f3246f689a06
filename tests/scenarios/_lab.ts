import { openWorkbench } from "../../lib/cli/context.ts";
import { parseGoDuration } from "../../lib/go/mod.ts";

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
const START_MS = Date.UTC(2026, 0, 5, 9, 0, 0);

/** A lab in a throw-away home, with its clock moved by whoever plays on it. */
export class ScenarioLab {
  private constructor(
    private readonly home: string,
    private readonly bench: Awaited<ReturnType<typeof openWorkbench>>,
  ) {}

  /** A new lab, or a copy of the saved one in `from`. */
  static async open(seed: number, from?: string): Promise<ScenarioLab> {
    const home = await Deno.makeTempDir({ prefix: "hpa-tutor-scenario-" });
    if (from) await copyFolder(from, home);
    const bench = await openWorkbench(home, { seed, startMs: START_MS, purpose: "scenarios" });
    await bench.lab.ready();
    bench.lab.clock.setSpeed(0);
    return new ScenarioLab(home, bench);
  }

  /** A copy of this lab as it is now. */
  async fork(seed: number): Promise<ScenarioLab> {
    await this.bench.lab.save();
    return await ScenarioLab.open(seed, this.home);
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

async function copyFolder(from: string, to: string): Promise<void> {
  for await (const entry of Deno.readDir(from)) {
    const [source, target] = [`${from}/${entry.name}`, `${to}/${entry.name}`];
    if (entry.isDirectory) {
      await Deno.mkdir(target, { recursive: true });
      await copyFolder(source, target);
    } else if (!/^(lock|owner\.json|.*-shm)$/.test(entry.name)) {
      await Deno.copyFile(source, target);
    }
  }
}
