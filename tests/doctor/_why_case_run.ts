import { fromYaml, toYaml } from "../../lib/go/mod.ts";
import { type Act, ScenarioBase } from "../scenarios/_lab.ts";
import { apply, write } from "../scenarios/_bases.ts";
import { readWhyJson } from "./_answer_json.ts";
import type { CaseState, Expectation, Part, WhyCase } from "./_why_case.ts";

const USUAL: readonly Part[] = ["metrics-server", "prometheus-operator", "prometheus-adapter"];
/** Releases, charts and namespaces as the lab's Makefile has them. */
const CHARTS: Record<Part, [release: string, chart: string, namespace: string]> = {
  "metrics-server": ["metrics-server", "metrics-server/metrics-server", "default"],
  "prometheus-operator": ["operator", "prometheus-community/kube-prometheus-stack", "default"],
  "prometheus-adapter": [
    "prometheus-adapter",
    "prometheus-community/prometheus-adapter",
    "default",
  ],
  keda: ["keda", "kedacore/keda", "keda"],
};
const SEED = 11;

/** What `why` said of a case: its JSON. */
export interface Answer {
  diagnoses: any[];
}

/** Labs with what cases begin on, each made once. */
export class CaseLabs {
  readonly #made = new Map<string, ScenarioBase>();

  /** Brings a case about, on a lab that has what it installs, and asks. Errors: ScenarioError for what does not go. */
  async run(given: WhyCase): Promise<Answer> {
    const lab = await this.#baseOf(given.install ?? USUAL).begin(upgradesOf(given));
    const { then } = given;
    await lab.play([...actsOf(given), ...then ? [...upgradesOf(then), ...actsOf(then)] : []]);
    const { text } = await lab.run(`why ${given.ask ?? ""} -o json`);
    if (!text.trimStart().startsWith("{")) return { diagnoses: [{ refused: text.trim() }] };
    return readWhyJson(text);
  }

  async close(): Promise<void> {
    for (const lab of this.#made.values()) await lab.close();
    this.#made.clear();
  }

  #baseOf(install: readonly Part[]): ScenarioBase {
    const key = install.join();
    let base = this.#made.get(key);
    if (!base) {
      const parts = install.map((part) => `make install-${part}`);
      base = new ScenarioBase(SEED, ["make install-kind", ...parts, { wait: "2m" }]);
      this.#made.set(key, base);
    }
    return base;
  }
}

function upgradesOf(state: CaseState): (string | { wait: string })[] {
  return Object.entries(valuesOf(state)).flatMap(([part, values]) => upgrade(part as Part, values));
}

function actsOf(state: CaseState): Act[] {
  const { objects, lines = [], minutes } = state;
  return [
    ...(objects === undefined ? [] : [apply(manifestOf(objects))]),
    ...lines,
    ...(minutes ? [{ wait: `${minutes}m` }] : []),
  ];
}

function manifestOf(objects: NonNullable<CaseState["objects"]>): string {
  return typeof objects === "string"
    ? objects
    : JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
}

/** The values that are given, the rules among them. */
function valuesOf({ values = {}, rules, externalRules }: CaseState): CaseState["values"] & object {
  if (!rules && !externalRules) return values;
  const given = values["prometheus-adapter"] ?? {};
  const own: any = typeof given === "string" ? fromYaml(given) : given;
  const all = {
    ...own?.rules,
    ...rules ? { custom: rules } : {},
    ...externalRules ? { external: externalRules } : {},
  };
  return { ...values, "prometheus-adapter": { ...own, rules: all } };
}

function upgrade(
  part: Part,
  values: string | Record<string, unknown>,
): (string | { wait: string })[] {
  const [release, chart, namespace] = CHARTS[part];
  const file = `case-${part}.yaml`;
  return [
    write(file, typeof values === "string" ? values : toYaml(values)),
    `helm upgrade --install ${release} ${chart} -n ${namespace} -f helm_values/${part}.yaml -f ${file}`,
    { wait: "1m" },
  ];
}

/** How an answer differs from what a case expects, a sentence each. */
export function differences(expect: Expectation, { diagnoses }: Answer): string[] {
  const [only] = diagnoses;
  const one = diagnoses.find(({ verdict }) => verdict === "broken") ?? only;
  if (!one) return ["nothing was found to diagnose"];
  if ("refused" in one) return [`why refused: ${one.refused}`];
  const found = {
    verdict: one.verdict,
    hop: one.first?.hop ?? null,
    cause: one.first?.cause ?? null,
    broken: one.hops.filter(({ state }: any) => state === "broken").map(({ hop }: any) => hop),
    desiredReplicas: one.decision?.desiredReplicas,
  };
  const told: string = one.first?.told ?? "";
  const differ = (["verdict", "hop", "cause", "broken", "desiredReplicas"] as const).flatMap(
    (key) => {
      const [wanted, got] = [expect[key], found[key]].map((value) => JSON.stringify(value));
      return expect[key] === undefined || wanted === got
        ? []
        : [`${key}: expected ${wanted}, got ${got}`];
    },
  );
  if (expect.told !== undefined && !new RegExp(expect.told).test(told)) {
    differ.push(`told: expected /${expect.told}/, got ${JSON.stringify(told)}`);
  }
  const { command, diff, note } = one.first?.remedy ?? {};
  const remedy = [command, diff, note].filter(Boolean).join("\n");
  if (expect.remedy !== undefined && !new RegExp(expect.remedy, "m").test(remedy)) {
    differ.push(`remedy: expected /${expect.remedy}/, got ${JSON.stringify(remedy)}`);
  }
  return differ;
}
