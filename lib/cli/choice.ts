import { diskFault, writePrivately } from "../labs/mod.ts";
import type { LabChooser } from "../tutor/mod.ts";
import { UsageError } from "./errors.ts";

/** Where lessons run. */
export type On = { kind: "sandbox" } | { kind: "context"; context: string };

/** A cluster that somebody let the tutor work on. */
export interface Agreed {
  /** The context by which it was reached when that was agreed. */
  context: string;
  /** What is marked there, by this home. */
  mark: string;
  /** When it was agreed; undefined once it was left. */
  agreedAt?: string;
}

/** What a home remembers of clusters: the lab in use, and what was agreed for each cluster by its uid. */
export interface Clusters {
  on: On;
  agreed: Record<string, Agreed>;
}

const SANDBOX: On = { kind: "sandbox" };

/** What `--on` says. Errors: UsageError. */
export function readOn(text: string): On {
  if (text === "sandbox") return SANDBOX;
  const [, context] = /^context=(.+)$/s.exec(text) ?? [];
  if (context !== undefined) return { kind: "context", context };
  throw new UsageError(({ noLab }) => noLab(text));
}

function onText(on: On): string {
  return on.kind === "sandbox" ? "sandbox" : `context=${on.context}`;
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
    const { on, agreed } = JSON.parse(text);
    return { on: readOn(on), agreed: { ...agreed } };
  } catch {
    throw new UsageError(({ clustersUnread }) => clustersUnread(path));
  }
}

/** Errors: StateError when the disk refuses. */
export function writeClusters(home: string, { on, agreed }: Clusters): void {
  const path = pathIn(home);
  try {
    Deno.mkdirSync(home, { recursive: true, mode: 0o700 });
    writePrivately(path, `${JSON.stringify({ on: onText(on), agreed }, null, 2)}\n`);
  } catch (error) {
    throw diskFault(error, path) ?? error;
  }
}

function pathIn(home: string): string {
  return `${home}/clusters.json`;
}

/** Where the records of a cluster are kept. */
export function homeOf(home: string, context: string, cluster: string): string {
  return `${home}/on/${context.replace(/[^\w.-]+/g, "_").slice(0, 40)}-${cluster.slice(0, 8)}`;
}

/** Where the records of the chosen lab are kept: of the cluster that its context led to last. */
export function recordsHome(home: string): string {
  const { on, agreed } = readClusters(home);
  if (on.kind === "sandbox") return home;
  const known = Object.entries(agreed).filter(([, { context }]) => context === on.context)
    .toSorted(([, a], [, b]) => (b.agreedAt ?? "").localeCompare(a.agreedAt ?? ""));
  return homeOf(home, on.context, known[0]?.[0] ?? "");
}

/** What the tutor's verb `on` looks at and changes, for the next time. */
export function chooserOf(home: string): LabChooser {
  return {
    current: () => onText(readClusters(home).on),
    async choose(text, language) {
      try {
        const on = readOn(text);
        writeClusters(home, { ...readClusters(home), on });
      } catch (error) {
        throw error instanceof UsageError ? new UsageError(await error.told(language)) : error;
      }
    },
  };
}
