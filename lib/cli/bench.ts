import type { ContextLab, Sandbox, SandboxOptions } from "../labs/mod.ts";
import type { OpenEditor } from "../commands/mod.ts";
import { type Screen, Terminal } from "../term/mod.ts";
import {
  changeClusters,
  type On,
  readClusters,
  readOn,
  type RealOn,
  type Tools,
} from "./choice.ts";
import {
  benchOn,
  type CommonOptions,
  openWorkbench,
  usualLanguage,
  type Workbench,
} from "./context.ts";
import { warn } from "./output.ts";

/** The options of every command that runs lessons. */
export interface LabOptions extends CommonOptions {
  /** `sandbox`, `kind` or `context=NAME`; the home's choice without it. */
  on?: string;
  allowContext?: string;
  /** Whose kubectl and helm a real lab has; the home's choice without it. */
  tools?: Tools;
}

type BenchOptions = Partial<SandboxOptions> & {
  openEditor?: OpenEditor;
  /** Folders of further lessons. */
  lessons?: readonly URL[];
  /** Where to ask whether a cluster may be worked on. */
  screen?: Screen;
};

/** The lab that `--on` names, or that the home remembers. Errors: UsageError. */
function chosenOn(home: string, { on }: LabOptions): On {
  return on === undefined ? readClusters(home).on : readOn(on);
}

/**
 * Opens the chosen lab and its shell, and remembers the choice where it was named.
 * Errors: as {@linkcode openWorkbench}'s; UsageError and ClusterError for a real cluster.
 */
export async function openBench(
  home: string,
  options: LabOptions,
  bench: BenchOptions,
): Promise<Workbench<Sandbox | ContextLab>> {
  const on = chosenOn(home, options);
  const opened = on.kind === "sandbox"
    ? await openWorkbench(home, bench)
    : await openOn(on, home, options, bench);
  const before = readClusters(home).on;
  if (options.on !== undefined && JSON.stringify(before) !== JSON.stringify(on)) {
    changeClusters(home, (clusters) => ({ ...clusters, on }));
  }
  return opened;
}

async function openOn(
  on: RealOn,
  home: string,
  options: LabOptions,
  { openEditor, hostPorts, purpose, screen }: BenchOptions,
): Promise<Workbench<ContextLab>> {
  const { openReal } = await import("./real.ts");
  const asked = screen ?? new Terminal({ plain: options.plain });
  try {
    const lab = await openReal({
      home,
      on,
      tools: options.tools,
      language: options.lang ?? usualLanguage(),
      allow: options.allowContext,
      screen: asked,
      tell: (text) => warn(text.replace(/\n$/, "")),
      purpose,
      hostPorts: hostPorts ?? true,
    });
    return await benchOn(lab, openEditor);
  } finally {
    if (!screen) asked.close();
  }
}
