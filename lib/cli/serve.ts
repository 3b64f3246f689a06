import { shellWord } from "../base/mod.ts";
import type { OpenPort } from "../labs/mod.ts";
import { labView } from "../lesson/mod.ts";
import { openLabPage } from "../pages/mod.ts";
import { CLI_WORDS } from "./cli_words.ts";
import { type CommonOptions, homeDir, localeLanguage, openWorkbench, warnOf } from "./context.ts";
import { print } from "./output.ts";
import { endingWell } from "./signals.ts";

/**
 * Keeps the cluster in the foreground until Ctrl-C; makes one when there is none.
 *
 * Differs: an age that a client works out by its own clock (of events, in `kubectl describe`) reads
 * `<invalid>` while the lab's clock is ahead of that.
 */
export async function serve(options: CommonOptions): Promise<number> {
  const language = options.lang ?? localeLanguage();
  const { serve: words } = CLI_WORDS[language];
  const { lab, shell, close } = await openWorkbench(homeDir(options), {
    purpose: "tutor lab serve",
    hostPorts: true,
    onNotice: warnOf(options),
  });
  let page: OpenPort | undefined;
  return await endingWell(async (signal) => {
    const ended = new Promise((resolve) => signal.addEventListener("abort", resolve));
    if ((await lab.clusters()).length === 0) {
      const line = { out: print, err: (text: string) => print(text), signal };
      const made = await shell.run("make install-kind", line);
      if (made.exitCode !== 0) return made.exitCode;
      await lab.save();
    }
    const { url, kubeconfigPath } = await lab.serveApi();
    lab.startTime();
    print(
      `${words.answers(url, lab.clock.speed)}\n${words.elsewhere}\n\n  export KUBECONFIG=${
        shellWord(kubeconfigPath)
      }\n  kubectl get nodes\n\n`,
    );
    const view = labView(lab, shell.files);
    page = await openLabPage({ lab, view, language: () => language });
    for (const { port, at, state } of [...lab.hostPorts, page]) {
      if (state === "open") print(`http://127.0.0.1:${at ?? port}\n`);
    }
    print(`${words.ages}\n`);
    if (!signal.aborted) await ended;
    return 0;
  }, async () => {
    try {
      await page?.close();
    } finally {
      await close();
    }
  });
}
