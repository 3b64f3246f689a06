import { realCommand, taskCommand, tutorCommand } from "../base/mod.ts";
import { type KindLab, loadKindLabs } from "../labs/mod.ts";
import { changeClusters, kindHomeOf, readClusters } from "./choice.ts";
import { ClusterError } from "./errors.ts";
import { GUARD_WORDS } from "./guard_words.ts";
import { chosenPrograms } from "./programs.ts";
import { type RealOptions, told } from "./real.ts";

/**
 * The lab on a kind cluster of its own: on the one that was made from this home, where that is there, and else without
 * one, until the learner makes it. Errors: ClusterError, with what to do; HomeInUseError, StateError.
 */
export async function openKind(options: RealOptions): Promise<KindLab> {
  const { home, language, purpose, hostPorts } = options;
  const words = GUARD_WORDS[language];
  const { lookAtPrograms, openKindLab, KIND_CONTEXT } = await loadKindLabs();
  const [{ kind }, programs] = await Promise.all([lookAtPrograms(), chosenPrograms(options)]);
  const sandbox = words.orSandbox(tutorCommand("--on sandbox"));
  if (kind?.version === undefined) {
    const why = kind?.fault ?? words.noKind;
    throw new ClusterError(`${why}\n${words.seePreflight(taskCommand("preflight"))}\n${sandbox}`);
  }
  const entered = await found(words, sandbox);
  const { agreed, making } = readClusters(home);
  const isOwn = entered !== undefined && (making || agreed[entered.cluster]?.made === true);
  if (entered && !isOwn) {
    entered.connection.close();
    const onContext = realCommand(`--on context=${KIND_CONTEXT}`);
    throw new ClusterError(`${words.kindOfSomebody(onContext)}\n${sandbox}`);
  }
  const mark = (entered && agreed[entered.cluster]?.mark) ?? crypto.randomUUID().slice(0, 8);
  const made = (cluster: string) =>
    changeClusters(home, ({ making: _, agreed, ...rest }) => {
      const one = { context: KIND_CONTEXT, mark, agreedAt: new Date().toISOString(), made: true };
      return { ...rest, agreed: { ...agreed, [cluster]: one } };
    });
  // Of a process that ended while kind was at it.
  if (entered && making) made(entered.cluster);
  try {
    return await openKindLab({
      homeDir: kindHomeOf(home),
      purpose,
      mark,
      hostPorts,
      programs,
      entered,
      onMaking: () => changeClusters(home, (clusters) => ({ ...clusters, making: true })),
      onMade: made,
      onGone: (cluster) =>
        changeClusters(home, ({ agreed: { [cluster]: _, ...agreed }, making: __, ...rest }) => ({
          ...rest,
          agreed,
        })),
    });
  } catch (error) {
    entered?.connection.close();
    throw error;
  }
}

/** The cluster that kind has for the lab now. Errors: ClusterError, in kind's words, or in those of a connection. */
async function found(words: typeof GUARD_WORDS["en"], sandbox: string) {
  const { findKindCluster, KIND_CONTEXT } = await loadKindLabs();
  try {
    return await findKindCluster();
  } catch (error) {
    const { name, message } = error as Error;
    if (name !== "KindFailedError") {
      // It is there, and may have been stopped.
      const target = { context: KIND_CONTEXT, server: "kind" } as Parameters<typeof told>[1];
      throw told(error, target, words);
    }
    const preflight = words.seePreflight(taskCommand("preflight"));
    throw new ClusterError(`${message}\n${preflight}\n${sandbox}`);
  }
}
