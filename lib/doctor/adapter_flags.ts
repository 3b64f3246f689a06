import type { Container, PodSpec } from "../kube/mod.ts";

/** The flags of a container by name, dashes left out: `--name=value` and `--name value`. */
export function flagsOf(container: Container | undefined): Map<string, string> {
  const flags = new Map<string, string>();
  const words = [...container?.command ?? [], ...container?.args ?? []];
  words.forEach((word, at) => {
    const [, name, value] = /^--?([\w-]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === undefined) return;
    const next = words[at + 1];
    flags.set(name, value ?? (next === undefined || next.startsWith("-") ? "true" : next));
  });
  return flags;
}

/** The name of the ConfigMap that is mounted where a path lies. */
export function mountedConfigMap(
  spec: PodSpec | undefined,
  container: Container | undefined,
  path: string | undefined,
): string | undefined {
  const mount = container?.volumeMounts?.find(({ mountPath }) =>
    path?.startsWith(mountPath.replace(/\/*$/, "/"))
  );
  return spec?.volumes?.find(({ name }) => name === mount?.name)?.configMap?.name;
}

/** What a file is called without its folders: a key of the ConfigMap that it comes from. */
export function fileName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
