import { formatSelector, type KubeObject, selects } from "../../kube/mod.ts";
import { type Fault, fieldEvidence } from "../hop.ts";
import { DOCS } from "../upstream.ts";
import { fits, looksInto, type Monitor, monitorsOf, passedOver, resourceOf } from "./monitors.ts";
import { notSelected } from "./not_selected.ts";
import type { Source } from "./source.ts";

/** No Prometheus object looks at the monitor. */
export async function unselected(source: Source): Promise<Fault | undefined> {
  const known = await source.monitors();
  const targets = await source.targets();
  const scraped = (monitor: Monitor) =>
    targets.some(({ scrapePool }) =>
      scrapePool.split("/").slice(1, 3).join("/") ===
        `${monitor.object.metadata.namespace}/${monitor.object.metadata.name}`
    );
  if (known.some(scraped) || targets.length > 0) return undefined;
  for (const monitor of known) {
    const why = await passedOver(source.cluster, monitor);
    if (!why) return undefined;
    return notSelected(source.cluster, monitor, why);
  }
}

/** A monitor's selector fits, and its namespaces do not. */
export async function otherNamespace(source: Source): Promise<Fault | undefined> {
  if (!await source.hasNoTarget() || await source.flows()) return undefined;
  if ((await source.monitors()).length > 0) return undefined;
  const ends = await source.ends();
  const all = (await monitorsOf(source.cluster)).filter((monitor) =>
    fits(monitor, ends) && !looksInto(monitor, source.namespace) && !isCatchAll(monitor)
  );
  let monitor: Monitor | undefined;
  for (const one of all) {
    // One that finds what it looks for where it looks is another's.
    if (!await findsElsewhere(source, one)) monitor ??= one;
  }
  if (!monitor) return undefined;
  const { name, namespace } = monitor.object.metadata;
  return {
    cause: "monitor-looks-elsewhere",
    told: {
      en: `The ${monitor.kind} ${namespace}/${name} selects these labels, but looks only into ` +
        `${namespacesOf(monitor)}, not into ${source.namespace}.`,
      ko:
        `${monitor.kind} ${namespace}/${name}은(는) 이 레이블을 고르지만 ${
          namespacesOf(monitor)
        }만 보고 ` +
        `${source.namespace}은(는) 보지 않습니다.`,
    },
    evidence: [fieldEvidence(resourceOf(monitor), monitor.object, ".spec.namespaceSelector")],
    remedy: {
      command: `kubectl -n ${namespace} patch ${monitor.kind.toLowerCase()} ${name} --type=merge ` +
        `-p '{"spec":{"namespaceSelector":{"matchNames":["${source.namespace}"]}}}'`,
    },
    upstream: DOCS.monitors,
  };
}

/** An empty selector fits everything, and says nothing of what was meant. */
function isCatchAll({ object }: Monitor): boolean {
  const { matchLabels = {}, matchExpressions = [] } = object.spec?.selector ?? {};
  return Object.keys(matchLabels).length + matchExpressions.length === 0;
}

async function findsElsewhere({ cluster }: Source, monitor: Monitor): Promise<boolean> {
  const resource = monitor.kind === "ServiceMonitor" ? "v1/services" : "v1/pods";
  const { matchNames = [] } = monitor.object.spec?.namespaceSelector ?? {};
  const looked = matchNames.length > 0 ? matchNames : [monitor.object.metadata.namespace];
  for (const namespace of looked) {
    const there = await cluster.reads.list<KubeObject>(resource, namespace);
    const selector = monitor.object.spec?.selector;
    if (there.some(({ metadata }) => selects(selector, metadata.labels))) return true;
  }
  return false;
}

function namespacesOf({ object }: Monitor): string {
  const { matchNames = [] } = object.spec?.namespaceSelector ?? {};
  return matchNames.length > 0 ? matchNames.join(", ") : object.metadata.namespace ?? "";
}

/** A monitor that is meant for the Service, whose selector does not fit its labels. */
export async function otherLabels(source: Source): Promise<Fault | undefined> {
  if (!await source.hasNoTarget() || await source.flows()) return undefined;
  if ((await source.monitors()).length > 0) return undefined;
  const [services, pods] = [await source.services(), await source.pods()];
  const meant: [KubeObject, string][] = [
    ...services.map((object): [KubeObject, string] => [object, "Service"]),
    ...pods.slice(0, 1).map((object): [KubeObject, string] => [object, "pod"]),
  ];
  for (const monitor of await monitorsOf(source.cluster)) {
    const found = meant.find(([object, kind]) =>
      (kind === "Service") === (monitor.kind === "ServiceMonitor") &&
      looksInto(monitor, source.namespace) && isMeantFor(monitor, object)
    );
    if (!found) continue;
    const [object, kind] = found;
    const selector = formatSelector(monitor.object.spec?.selector);
    const { name, namespace } = monitor.object.metadata;
    const resource = kind === "Service" ? "services" : "pods";
    const labels = Object.entries(monitor.object.spec?.selector?.matchLabels ?? {});
    return {
      cause: "monitor-selects-other-labels",
      told: {
        en:
          `The ${monitor.kind} ${namespace}/${name} selects ${kind}s with ${selector}; the ${kind} ` +
          `${object.metadata.name} has other labels.`,
        ko:
          `${monitor.kind} ${namespace}/${name}은(는) 레이블이 ${selector}인 ${kind}를 고르는데, ${kind} ` +
          `${object.metadata.name}의 레이블은 다릅니다.`,
      },
      evidence: [
        fieldEvidence(resourceOf(monitor), monitor.object, ".spec.selector"),
        fieldEvidence(resource, object, ".metadata.labels"),
      ],
      remedy: kind === "Service" && labels.length > 0
        ? {
          command:
            `kubectl -n ${source.namespace} label service ${object.metadata.name} --overwrite ` +
            labels.map(([key, value]) => `${key}=${value}`).join(" "),
        }
        : {
          told: {
            en: "make the monitor's selector fit the labels",
            ko: "monitor의 셀렉터를 레이블에 맞추세요",
          },
        },
      upstream: DOCS.monitors,
    };
  }
}

/** By its name, or by a label that it asks for and that the object has with another value. */
function isMeantFor({ kind, object }: Monitor, { metadata }: KubeObject): boolean {
  const { name } = object.metadata;
  if (metadata.name === name) return true;
  if (kind === "PodMonitor" && metadata.name.startsWith(`${name}-`)) return true;
  const wanted: Record<string, string> = object.spec?.selector?.matchLabels ?? {};
  const text = Object.values(wanted).join(" ");
  return text.includes(metadata.name) ||
    Object.keys(wanted).some((key) => wanted[key] === metadata.labels?.[key]);
}
