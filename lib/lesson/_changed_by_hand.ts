import type { ConfigMap, Deployment, KubeObject } from "../kube/mod.ts";
import { NAME } from "./_adapter_pods.ts";
import { newestRelease } from "./_release.ts";
import type { LabView, Localized } from "./lesson.ts";

/** What of the adapter's objects is not as its release made it; undefined where all is, or a Deployment is not there. */
export async function changedByHand(view: LabView): Promise<Localized | undefined> {
  const release = await newestRelease(view, "default", NAME);
  const made = (kind: string) =>
    release?.objects.find((object) => object.kind === kind && object.metadata.name === NAME);
  return await changedMap(view, made("ConfigMap")) ??
    await changedDeployment(view, made("Deployment"));
}

async function changedMap(
  view: LabView,
  made: ConfigMap | undefined,
): Promise<Localized | undefined> {
  if (!made) return undefined;
  const live = await view.get("configmaps", "default", NAME);
  if (!live) {
    return { en: `the ConfigMap ${NAME} is gone`, ko: `ConfigMap ${NAME}이(가) 없어졌습니다` };
  }
  const line = differentLine(made.data?.["config.yaml"] ?? "", live.data?.["config.yaml"] ?? "");
  return line && {
    en: `file and release are right, but the ConfigMap ${NAME} was changed by hand: ${line.en}`,
    ko: `파일과 릴리스는 맞지만 ConfigMap ${NAME}이(가) 손으로 바뀌었습니다: ${line.ko}`,
  };
}

async function changedDeployment(
  view: LabView,
  made: KubeObject | undefined,
): Promise<Localized | undefined> {
  const live = await view.get<Deployment>("deployments.apps", "default", NAME);
  if (!made || !live) return undefined;
  const containerOf = ({ spec }: KubeObject) => spec?.template.spec?.containers[0];
  const [wanted, now] = [containerOf(made), containerOf(live)];
  const [args, given]: string[][] = [wanted?.args ?? [], now?.args ?? []];
  const missing = args.find((arg) => !given.includes(arg));
  const added = given.find((arg) => !args.includes(arg));
  const differs = missing ?? added
    ? `${missing ?? "nothing"} → ${added ?? "nothing"}`
    : wanted?.image !== now?.image
    ? `${wanted?.image} → ${now?.image}`
    : live.spec?.replicas === 0
    ? `replicas: ${made.spec?.replicas ?? 1} → 0`
    : undefined;
  if (differs === undefined) return undefined;
  return {
    en: `file and release are right, but the Deployment ${NAME} was changed by hand: ${differs}`,
    ko: `파일과 릴리스는 맞지만 Deployment ${NAME}이(가) 손으로 바뀌었습니다: ${differs}`,
  };
}

/** The first line of a configuration that is not there, or not so, in another. */
function differentLine(made: string, live: string): Localized | undefined {
  if (made === live) return undefined;
  const [a, b] = [made.split("\n"), live.split("\n")];
  const at = a.findIndex((line, index) => line !== b[index]);
  const shown = (lines: string[]) => (lines[at < 0 ? a.length : at] ?? "").trim() || "nothing";
  const number = (at < 0 ? a.length : at) + 1;
  return {
    en: `config.yaml, line ${number}: ${shown(b)}, where the file gives: ${shown(a)}`,
    ko: `config.yaml의 ${number}번째 줄이 ${shown(b)}입니다. 파일대로라면: ${shown(a)}`,
  };
}
