import { expand, MakefileError, parseMakefile } from "../commands/mod.ts";
import { adapterPods, NAME } from "./_adapter_pods.ts";
import { type Release, releases } from "./_release.ts";
import type { ConfigMap, KubeObject } from "../kube/mod.ts";
import type { LabView } from "./lesson.ts";
import { UPGRADE } from "./_values_place.ts";

/** What an upgrade of the adapter did to the cluster. */
export interface Upgrade {
  revision: number;
  before?: number;
  status: string;
  /** What helm says of it; why it failed, when it did. */
  description: string;
  /** The rules that the ConfigMap held, and those that it holds. */
  config: { before: string; after: string };
  /** Whether the Deployment's pods are made otherwise now, so that new ones take over. */
  restarts: boolean;
  /** Arguments of the adapter that went and came. */
  args: { before: string[]; after: string[] };
}

/** The helm line that {@linkcode UPGRADE} runs, on one line; undefined where the Makefile has none, or cannot be read. */
export function helmUpgradeIn(text: string): string | undefined {
  const [, target] = UPGRADE.split(" ");
  try {
    const { rules, variables } = parseMakefile(text);
    const lines = (rules.get(target)?.recipe ?? []).map((line) =>
      expand(line.text, variables).replace(/\\\n\s*/g, "")
    );
    return lines.find((line) => line.startsWith("helm upgrade"));
  } catch (error) {
    if (!(error instanceof MakefileError)) throw error;
    return undefined;
  }
}

/** What the newest revision of the adapter's release changed, compared with revision `before`. */
export async function upgradeSince(view: LabView, before: number): Promise<Upgrade | undefined> {
  const all = await releases(view, "default", NAME);
  const [now] = all;
  if (!now) return undefined;
  const old = all.find(({ version }) => version === before);
  const [was, is] = [made(old, "Deployment"), made(now, "Deployment")];
  const [oldArgs, newArgs] = [argsOf(was), argsOf(is)];
  return {
    revision: now.version,
    ...(old ? { before: old.version } : {}),
    status: now.status,
    description: now.description,
    config: { before: configOf(old), after: configOf(now) },
    restarts: JSON.stringify(was?.spec?.template) !== JSON.stringify(is?.spec?.template),
    args: {
      before: oldArgs.filter((arg) => !newArgs.includes(arg)),
      after: newArgs.filter((arg) => !oldArgs.includes(arg)),
    },
  };
}

/** The adapter's pods by name. */
export interface AdapterState {
  serving?: string;
  crashing?: { name: string; reason: string; last: string };
}

/** The names of the adapter's pods: the one that serves, and one that does not come up, with the last line of its log. */
export async function adapterState(view: LabView): Promise<AdapterState> {
  const { serving, crashing } = await adapterPods(view);
  return { serving: serving?.metadata.name, crashing };
}

function made(release: Release | undefined, kind: string): KubeObject | undefined {
  return release?.objects.find((object) => object.kind === kind && object.metadata.name === NAME);
}

function configOf(release: Release | undefined): string {
  const map: ConfigMap | undefined = made(release, "ConfigMap");
  return map?.data?.["config.yaml"] ?? "";
}

function argsOf(deployment: KubeObject | undefined): string[] {
  return deployment?.spec?.template.spec?.containers[0].args ?? [];
}
