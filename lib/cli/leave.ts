import { realCommand } from "../base/mod.ts";
import type { ContextLab } from "../labs/mod.ts";
import { Terminal } from "../term/mod.ts";
import { WORDS } from "../tutor/mod.ts";
import { changeClusters, readClusters, readOn } from "./choice.ts";
import { type CommonOptions, confirm, homeDir, usualLanguage } from "./context.ts";
import { print } from "./output.ts";
import { NotAgreedError, UsageError } from "./errors.ts";
import { GUARD_WORDS } from "./guard_words.ts";
import { openReal } from "./real.ts";
import { endingWell } from "./signals.ts";

/**
 * Takes away what this home made on a cluster, and takes back the agreement to work there; says what stays. Gives 1
 * where something of the lab's stays.
 */
export async function leave(
  options: CommonOptions & { on?: string; yes?: boolean },
): Promise<number> {
  const home = homeDir(options);
  const language = options.lang ?? usualLanguage();
  const words = GUARD_WORDS[language];
  const on = options.on === undefined ? readClusters(home).on : readOn(options.on);
  if (on.kind === "sandbox") {
    const command = realCommand("leave --on context=NAME");
    throw new UsageError(({ isSandbox }) => isSandbox(command));
  }
  const purpose = "tutor leave";
  let lab: ContextLab;
  try {
    lab = await openReal({ home, on, language, purpose, tell: print, agreedOnly: true });
  } catch (error) {
    if (!(error instanceof NotAgreedError)) throw error;
    print(`${await error.told(language)}\n`);
    return 0;
  }
  const screen = new Terminal({ plain: options.plain });
  return await endingWell(async (signal) => {
    if (!options.yes) {
      if (!screen.capabilities.interactive) throw new UsageError(words.leaveNeedsYes);
      const question = lab.kind === "kind" ? words.confirmDelete : words.confirmLeave(lab.context);
      if (!(await confirm(screen, question, WORDS[language]))) {
        print(`${words.notLeft}\n`);
        return 1;
      }
    }
    const isLeft = lab.kind === "kind"
      ? await deleteKind(lab, words)
      : await takeAway(lab, words, signal);
    if (isLeft) withdraw(home, lab);
    return isLeft ? 0 : 1;
  }, async () => {
    screen.close();
    await lab.close();
  });
}

/** The whole cluster is the lab's. Whether it is gone. */
async function deleteKind(lab: ContextLab, words: typeof GUARD_WORDS["en"]): Promise<boolean> {
  const [cluster] = await lab.clusters();
  if (cluster === undefined) {
    print(`${words.nothingAgreed(lab.context)}\n`);
    return true;
  }
  await lab.deleteCluster(cluster);
  const isGone = (await lab.clusters()).length === 0;
  if (isGone) print(`${words.deleted(cluster)}\n`);
  return isGone;
}

/** Whether nothing of the lab's stays. */
async function takeAway(
  lab: ContextLab,
  words: typeof GUARD_WORDS["en"],
  signal: AbortSignal,
): Promise<boolean> {
  const { removed, kept, strays } = await lab.leave({
    signal,
    onProgress: ({ resource, namespace, name }) =>
      print(`- ${resource} ${namespace === "" ? "" : `${namespace}/`}${name}\n`),
  });
  print(`${words.left(removed.length)}\n`);
  if (kept.length > 0) print(`${words.kept}\n`);
  for (const { resource, namespace, name, why } of kept) {
    print(`  ${resource} ${namespace === "" ? "" : `${namespace}/`}${name}: ${why}\n`);
  }
  if (strays.length > 0) print(`${words.strays}\n`);
  for (const { resource, namespace, name } of strays) {
    print(`  kubectl --context ${lab.context} -n ${namespace} delete ${resource} ${name}\n`);
  }
  return kept.length === 0;
}

/** Takes an agreement back; the mark is kept, for what may still be there. Who was there is in the sandbox next. */
function withdraw(home: string, { cluster, context, kind }: ContextLab): void {
  changeClusters(home, ({ on, agreed, ...rest }) => {
    const { agreedAt: _, ...one } = agreed[cluster] ?? {};
    const isLeft = on.kind === kind && (on.kind !== "context" || on.context === context);
    return {
      ...rest,
      on: isLeft ? { kind: "sandbox" } : on,
      agreed: kind === "kind" ? agreed : { ...agreed, [cluster]: one as typeof agreed[string] },
    };
  });
}
