import { diskFault, writePrivately } from "../labs/mod.ts";
import { type Language, LANGUAGES } from "../lesson/lesson.ts";
import type { LabChooser } from "../tutor/mod.ts";
import { UsageError } from "./errors.ts";

/** Where lessons run. */
export type On = { kind: "sandbox" } | { kind: "kind" } | { kind: "context"; context: string };

/** A lab that is no sandbox. */
export type RealOn = Exclude<On, { kind: "sandbox" }>;

/** Whose kubectl and helm a real lab's shell has. */
export type Tools = "own" | "builtin";

/** A cluster that somebody let the tutor work on. */
export interface Agreed {
  /** The context by which it was reached when that was agreed. */
  context: string;
  /** What is marked there, by this home. */
  mark: string;
  /** When it was agreed; undefined once it was left. */
  agreedAt?: string;
  /** Whether it is a kind cluster that was made from this home. */
  made?: boolean;
}

/** What a home remembers of clusters: the lab in use, and what was agreed for each cluster by its uid. */
export interface Clusters {
  on: On;
  agreed: Record<string, Agreed>;
  tools?: Tools;
  /** The language in which the lab was chosen. */
  language?: Language;
  /** Whether kind was begun to make the lab's cluster, and what came of that is not known. */
  making?: boolean;
  /** What was told last of the programs in use. */
  told?: string;
}

const SANDBOX: On = { kind: "sandbox" };
const KIND: On = { kind: "kind" };

/** What `--on` says, or whatever else it was `asked` by. Errors: UsageError. */
export function readOn(text: string, asked = "--on"): On {
  if (text === "sandbox") return SANDBOX;
  if (text === "kind") return KIND;
  const [, context] = /^context=(.+)$/s.exec(text) ?? [];
  if (context !== undefined) return { kind: "context", context };
  throw new UsageError(({ noLab }) => noLab(asked, text));
}

function onText(on: On): string {
  return on.kind === "context" ? `context=${on.context}` : on.kind;
}

/** Errors: UsageError for what cannot be read, which is left as it is. */
export function readClusters(home: string): Clusters {
  const path = pathIn(home);
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { on: SANDBOX, agreed: {} };
    const isInFile = error instanceof Deno.errors.NotADirectory;
    throw diskFault(error, isInFile ? home : path) ?? error;
  }
  try {
    const { on, agreed, language, ...rest } = JSON.parse(text);
    return {
      ...rest,
      on: readOn(on),
      agreed: { ...agreed },
      ...(LANGUAGES.includes(language) ? { language } : {}),
    };
  } catch {
    throw new UsageError(({ clustersUnread }) => clustersUnread(path));
  }
}

/**
 * Changes what is remembered; two tutors at once change it one after the other. Errors: StateError when the disk refuses,
 * UsageError for what cannot be read.
 */
export function changeClusters(home: string, change: (clusters: Clusters) => Clusters): void {
  const path = pathIn(home);
  let lock: Deno.FsFile | undefined;
  try {
    Deno.mkdirSync(home, { recursive: true, mode: 0o700 });
    lock = Deno.openSync(`${home}/clusters.lock`, { create: true, write: true, mode: 0o600 });
    lock.lockSync(true);
    const { on, ...rest } = change(readClusters(home));
    writePrivately(path, `${JSON.stringify({ on: onText(on), ...rest }, null, 2)}\n`);
  } catch (error) {
    throw diskFault(error, path) ?? error;
  } finally {
    lock?.close();
  }
}

function pathIn(home: string): string {
  return `${home}/clusters.json`;
}

/** Where the records of a cluster are kept, whatever context leads to it. */
export function homeOf(home: string, cluster: string): string {
  return `${home}/on/${cluster.replace(/[^\w.-]+/g, "_")}`;
}

/** Where the records on the lab's kind cluster are kept, whichever that is: it is made and deleted as lessons have it. */
export function kindHomeOf(home: string): string {
  return `${home}/on/kind`;
}

/** Where the records of the chosen lab are kept: of the cluster that its context led to last. */
export function recordsHome(home: string): string {
  const { on, agreed } = readClusters(home);
  if (on.kind === "sandbox") return home;
  if (on.kind === "kind") return kindHomeOf(home);
  const known = Object.entries(agreed).filter(([, { context }]) => context === on.context)
    .toSorted(([, a], [, b]) => (b.agreedAt ?? "").localeCompare(a.agreedAt ?? ""));
  return homeOf(home, known[0]?.[0] ?? "none");
}

/** What the tutor's verb `on` looks at and changes, for the next time. */
export function chooserOf(home: string): LabChooser {
  const { on: chosen, language } = readClusters(home);
  let current = onText(chosen);
  return {
    current: () => current,
    language,
    async choose(text, language) {
      try {
        const on = readOn(text, "on");
        changeClusters(home, (clusters) => ({ ...clusters, on, language }));
        current = onText(on);
      } catch (error) {
        throw error instanceof UsageError ? new UsageError(await error.told(language)) : error;
      }
    },
  };
}
