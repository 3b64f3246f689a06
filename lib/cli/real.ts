import { realCommand, tutorCommand } from "../base/mod.ts";
import {
  ApiError,
  ConnectionError,
  KubeClient,
  KubeconfigError,
  type KubeTarget,
} from "../kube/mod.ts";
import { type Connection, type ContextLab, loadContextLabs } from "../labs/mod.ts";
import { chosenPrograms, type ProgramsAsked } from "./programs.ts";
import { type Screen, wrapWords } from "../term/mod.ts";
import { ask } from "../tutor/mod.ts";
import { type Agreed, changeClusters, homeOf, readClusters, type RealOn } from "./choice.ts";
import { ClusterError, NotAgreedError, UsageError } from "./errors.ts";
import { GUARD_WORDS, type GuardWords } from "./guard_words.ts";
import { readKubeconfigs } from "./kubeconfigs.ts";
import { COLUMNS, surveyText } from "./survey_text.ts";

export interface RealOptions extends ProgramsAsked {
  on: RealOn;
  /** The context that may be worked on without a question. */
  allow?: string;
  /** Opens what was agreed to before alone, and asks for nothing. */
  agreedOnly?: boolean;
  /** Where to ask; nobody is asked without. */
  screen?: Screen;
  purpose?: string;
  hostPorts?: boolean;
}

/** Whether this process may reach whatever a kubeconfig names. */
function mayReachClusters(): boolean {
  return (["net", "env", "read"] as const).every((name) =>
    Deno.permissions.querySync({ name }).state === "granted"
  );
}

/** The options of a lab on a context. */
type ContextOptions = RealOptions & { context: string };

/**
 * The lab on a real cluster. Errors: ClusterError with what to do, UsageError, NotAgreedError, HomeInUseError, StateError.
 */
export async function openReal(options: RealOptions): Promise<ContextLab> {
  const { on, language } = options;
  if (!mayReachClusters()) {
    const flag = on.kind === "kind" ? "--on kind" : `--on context=${on.context}`;
    const words = GUARD_WORDS[language];
    throw new UsageError(words.needsTask(realCommand(flag), tutorCommand("--on sandbox")));
  }
  if (on.kind === "context") return await openContext({ ...options, context: on.context });
  return await (await import("./kind.ts")).openKind(options);
}

/** The lab on a context of the kubeconfig: looks at the cluster, and asks before it is worked on for the first time. */
async function openContext(options: ContextOptions): Promise<ContextLab> {
  const { home, language, purpose, hostPorts } = options;
  const words = GUARD_WORDS[language];
  readClusters(home);
  const { openContextLab } = await loadContextLabs();
  const looked = chosenPrograms(options);
  const connection = await connected(options);
  try {
    const { cluster, agreed } = await agreedOn(connection, options);
    return await openContextLab({
      homeDir: homeOf(home, cluster),
      purpose,
      connection,
      cluster,
      mark: agreed.mark,
      hostPorts,
      programs: await looked,
    });
  } catch (error) {
    connection.close();
    throw told(error, connection.target, words);
  }
}

async function connected({ context, language }: ContextOptions): Promise<Connection> {
  const { connect } = await loadContextLabs();
  try {
    return await connect(await readKubeconfigs(), context);
  } catch (error) {
    if (!(error instanceof KubeconfigError)) throw error;
    throw new ClusterError(
      `${language === "ko" ? error.ko : error.message}\n${
        GUARD_WORDS[language].orSandbox(tutorCommand("--on sandbox"))
      }`,
    );
  }
}

/**
 * What was agreed for the cluster behind a connection; asked where that was nothing.
 * Errors: UsageError, NotAgreedError, ApiError.
 */
async function agreedOn(
  connection: Connection,
  { home, context, allow, agreedOnly, screen, tell, language }: ContextOptions,
): Promise<{ cluster: string; agreed: Agreed }> {
  const words = GUARD_WORDS[language];
  if (allow !== undefined && allow !== context) {
    throw new UsageError(words.otherAllowed(allow, context));
  }
  const client = new KubeClient(connection.api);
  const { clusterUid, survey } = await loadContextLabs();
  const cluster = await clusterUid(client);
  const { agreed: known } = readClusters(home);
  const before = known[cluster];
  if (before?.agreedAt !== undefined) return { cluster, agreed: before };
  if (agreedOnly) throw new NotAgreedError(words.nothingAgreed(context));
  const seen = await survey(client);
  if (Object.entries(known).some(([uid, one]) => one.context === context && uid !== cluster)) {
    tell(wrapWords(words.recreated(context), COLUMNS).join("\n") + "\n");
  }
  tell(surveyText(seen, connection, before?.mark, words));
  if (allow === undefined) await typed(context, screen, words);
  const agreed: Agreed = {
    context,
    mark: before?.mark ?? crypto.randomUUID().slice(0, 8),
    agreedAt: new Date().toISOString(),
  };
  agree(home, cluster, agreed);
  tell(wrapWords(words.agreed(context, realCommand("leave")), COLUMNS).join("\n") + "\n");
  return { cluster, agreed };
}

/** Remembers that a cluster may be worked on. Errors: StateError. */
function agree(home: string, cluster: string, agreed: Agreed): void {
  changeClusters(home, (clusters) => ({
    ...clusters,
    agreed: { ...clusters.agreed, [cluster]: agreed },
  }));
}

/** Errors: UsageError where the context's name is not typed. */
async function typed(
  context: string,
  screen: Screen | undefined,
  words: GuardWords,
): Promise<void> {
  if (!screen?.capabilities.interactive) {
    throw new UsageError(words.needsAllow(context, realCommand(`--on context=${context}`)));
  }
  const read = await ask(screen, words.ask(context));
  if (read.kind !== "line" || read.text.trim() !== context) throw new UsageError(words.notTyped);
}

/** A failure to get to a cluster, with what to do about it; any other error as it is. */
export function told(error: unknown, target: KubeTarget, words: GuardWords): unknown {
  const remedy = remedyOf(error, target, words);
  if (remedy === undefined) return error;
  const { message } = error as Error;
  return new ClusterError(
    `${target.context} (${target.server}): ${message}\n${remedy}\n${
      words.orSandbox(tutorCommand("--on sandbox"))
    }`,
  );
}

function remedyOf(error: unknown, target: KubeTarget, words: GuardWords): string | undefined {
  if (error instanceof ConnectionError) {
    const { kind = "other" } = error as { kind?: keyof GuardWords["remedies"] };
    return words.remedies[kind];
  }
  if (!(error instanceof ApiError)) return undefined;
  if (error.code === 403) return words.forbidden;
  if (error.code !== 401) return words.remedies.other;
  const { exec, token, tokenFile, certificate } = target;
  return words.unauthorized(
    exec ? "plugin" : token ?? tokenFile ? "token" : certificate ? "certificate" : "none",
  );
}
