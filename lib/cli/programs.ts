import { loadKindLabs } from "../labs/mod.ts";
import type { Language } from "../lesson/lesson.ts";
import { changeClusters, readClusters, type Tools } from "./choice.ts";
import { GUARD_WORDS } from "./guard_words.ts";

export interface ProgramsAsked {
  home: string;
  language: Language;
  /** Whose kubectl and helm are wanted from now on; as before without it. */
  tools?: Tools;
  tell(text: string): void;
}

/** The learner's own kubectl and helm that a real lab's shell has; says which they are, where that is new. Errors: StateError. */
export async function chosenPrograms(
  { home, language, tools = readClusters(home).tools ?? "own", tell }: ProgramsAsked,
): Promise<string[]> {
  const words = GUARD_WORDS[language];
  const { lookAtPrograms } = await loadKindLabs();
  const { kubectl, helm } = tools === "own" ? await lookAtPrograms() : {};
  const there = Object.entries({ kubectl, helm }).flatMap(([name, client]) =>
    client?.version === undefined ? [] : [{ name, version: client.version }]
  );
  const said = JSON.stringify({ tools, there });
  const before = readClusters(home);
  if (before.told !== said || before.tools !== tools) {
    const own = there.map(({ name, version }) => `${name} ${version}`);
    const builtIn = ["kubectl", "helm"].filter((name) => !there.some((one) => one.name === name));
    tell(`${words.programs(own, builtIn, tools)}\n`);
    changeClusters(home, (clusters) => ({ ...clusters, tools, told: said }));
  }
  return there.map(({ name }) => name);
}
