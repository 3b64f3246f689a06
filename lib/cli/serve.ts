import { type CommonOptions, homeDir, noticeLine, openWorkbench, print, warn } from "./context.ts";

/**
 * Keeps the cluster in the foreground until Ctrl-C; makes one when there is none.
 *
 * Differs: an age that a client works out by its own clock (of events, in `kubectl describe`) reads
 * `<invalid>` while the lab's clock is ahead of that.
 */
export async function serve(options: CommonOptions): Promise<number> {
  const { lab, shell } = await openWorkbench(homeDir(options), {
    purpose: "tutor lab serve",
    hostPorts: true,
    onNotice: (notice) => warn(noticeLine(notice) ?? ""),
  });
  try {
    if ((await lab.clusters()).length === 0) {
      const made = await shell.run("make install-kind", { out: print, err: (text) => print(text) });
      if (made.exitCode !== 0) return made.exitCode;
      await lab.save();
    }
    const { url, kubeconfigPath } = await lab.serveApi();
    lab.startTime();
    const end = untilSignal(); // Before anyone can read how to end it.
    print(
      `The cluster answers at ${url}, its clock runs x${lab.clock.speed}.\n` +
        `In another terminal:\n\n  export KUBECONFIG=${kubeconfigPath}\n  kubectl get nodes\n\n`,
    );
    for (const { port, state } of lab.hostPorts) {
      if (state === "open") print(`http://127.0.0.1:${port}\n`);
    }
    print(
      "Ages that kubectl works out by itself, as of events in describe, read <invalid> where the\n" +
        "lab's clock is ahead of yours.\nCtrl-C ends it; everything is kept.\n",
    );
    await end;
    return 0;
  } finally {
    await lab.close();
  }
}

function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    const signals: Deno.Signal[] = Deno.build.os === "windows"
      ? ["SIGINT", "SIGBREAK"]
      : ["SIGINT", "SIGTERM", "SIGHUP"];
    const done = () => {
      for (const signal of signals) Deno.removeSignalListener(signal, done);
      resolve();
    };
    for (const signal of signals) Deno.addSignalListener(signal, done);
  });
}
