import type { Localized } from "./lesson.ts";

/** Where the values of prometheus-adapter lie in the workspace. */
export const VALUES_PATH = "helm_values/prometheus-adapter.yaml";
/** The line that sends them to the cluster. */
export const UPGRADE = "make install-prometheus-adapter";

/** What to do in the file, and then with it. */
export function thenUpgrade({ en, ko }: Localized): Localized {
  return { en: `${en}, then: ${UPGRADE}`, ko: `${ko}, 그다음: ${UPGRADE}` };
}
