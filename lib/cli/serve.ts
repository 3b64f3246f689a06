import { shellWord } from "../base/mod.ts";
import { formatPromDuration } from "../go/mod.ts";
import type { OpenPort } from "../labs/mod.ts";
import { labView } from "../lesson/mod.ts";
import { openLabPage } from "../pages/mod.ts";
import { CLI_WORDS } from "./cli_words.ts";
import { type CommonOptions, homeDir, openWorkbench, usualLanguage, warnOf } from "./context.ts";
import { print } from "./output.ts";
import { endingWell } from "./signals.ts";
import { BEFORE_MS, WallTime } from "./wall_time.ts";

/** The options of `lab serve`. */
export interface ServeOptions extends CommonOptions {
  /** Whether the lab's clock keeps to the wall's. */
  wallTime?: boolean;
}

/**
 * Keeps the cluster in the foreground until Ctrl-C; makes one when there is none.
 *
 * Differs: an age that a client works out by its own clock (of events, in `kubectl describe`) reads
 * `<invalid>` while the lab's clock is ahead of that; with `--wall-time` a new lab's is not.
 */
export async function serve(options: ServeOptions): Promise<number> {
  const language = options.lang ?? usualLanguage();
  const { serve: words } = CLI_WORDS[language];
  const { lab, shell, close } = await openWorkbench(homeDir(options), {
    purpose: "tutor lab serve",
    hostPorts: true,
    onNotice: warnOf(options),
    ...(options.wallTime ? { startMs: Date.now() - BEFORE_MS } : {}),
  });
  let wallTime: WallTime | undefined;
  let page: OpenPort | undefined;
  return await endingWell(async (signal) => {
    const ended = new Promise((resolve) => signal.addEventListener("abort", resolve));
    if ((await lab.clusters()).length === 0) {
      const line = { out: print, err: (text: string) => print(text), signal };
      const made = await shell.run("make install-kind", line);
      if (made.exitCode !== 0) return made.exitCode;
      await lab.save();
    }
    let isAhead = true;
    if (options.wallTime) {
      isAhead = false;
      wallTime = new WallTime(lab.clock);
      const ahead = (ms: number) => {
        isAhead = true;
        print(`${words.ahead(rough(ms))}\n\n`);
      };
      await wallTime.begin(
        { ahead, behind: (ms) => print(`${words.behind(rough(ms))}\n`) },
        signal,
      );
      if (signal.aborted) return 0;
    }
    const { url, kubeconfigPath } = await lab.serveApi();
    lab.startTime();
    print(
      `${
        words.answers(url, wallTime ? 1 : lab.clock.speed)
      }\n${words.elsewhere}\n\n  export KUBECONFIG=${
        shellWord(kubeconfigPath)
      }\n  kubectl get nodes\n\n`,
    );
    const view = labView(lab, shell.files);
    page = await openLabPage({ lab, view, language: () => language });
    for (const { port, at, state } of [...lab.hostPorts, page]) {
      if (state === "open") print(`http://127.0.0.1:${at ?? port}\n`);
    }
    print(`${isAhead ? `${words.ages}\n` : ""}${words.ends}\n`);
    if (!signal.aborted) await ended;
    return 0;
  }, async () => {
    try {
      await page?.close();
      await wallTime?.end();
    } finally {
      await close();
    }
  });
}

/** A time in hours, minutes and seconds, of which a long one needs no seconds. */
function rough(ms: number): string {
  const unitMs = ms > 3_600_000 ? 60_000 : 1000;
  return formatPromDuration(Math.max(1, Math.round(ms / unitMs)) * unitMs);
}
