import type { LabelSelector, Pod, Service } from "../../kube/mod.ts";
import {
  type GroupResource,
  groupResource,
  selectorRequirements,
  singularOf,
} from "../../kube/mod.ts";
import {
  type AskedMetric,
  COUNTER_NAME,
  exposes,
  labelFor,
  queryFor,
  type TriedRule,
} from "../../rules/mod.ts";
import { type Adapter, adapterOf, prometheusOf, type RunningRule } from "../adapter.ts";
import type { Cluster } from "../cluster.ts";
import type { PromAnswer } from "../../prometheus/mod.ts";
import { type Labels, parseSelector, type VectorSample } from "../../promql/mod.ts";
import type { PrometheusReader } from "../prometheus.ts";
import { lazy } from "../reads.ts";
import { Source } from "./source.ts";

/** A metric of the custom or the external metrics API that is wanted, and of which objects. */
export interface Wanted {
  api: "custom" | "external";
  metric: string;
  namespace: string;
  /** Of a custom metric: what it is of, as the API lists it; undefined where that is not said. */
  resource?: GroupResource;
  /** The objects by name; none where that is not said. */
  names: readonly string[];
  selector?: LabelSelector;
  /** What is asked of the API; undefined where nothing in particular is. */
  path?: string;
  /** What the autoscaler's controller says of it. */
  complaint?: string;
  /** The pods that are scaled. */
  pods: readonly Pod[];
  /** Whether what is scaled has been set to no replicas. */
  isAtZero?: boolean;
}

/** What the API answered: items, or a refusal in its words. */
export type Delivery = { items: unknown[] } | { refused: string; code: number };

/** One metric's way from Prometheus through an adapter's rules, with what was found on it. */
export class MetricWalk {
  readonly delivery: () => Promise<Delivery>;
  readonly adapter: () => Promise<Adapter | undefined>;
  readonly prometheus: () => Promise<PrometheusReader | undefined>;
  readonly tried: () => Promise<RunningRule[]>;
  readonly used: () => Promise<RunningRule | undefined>;
  /** The names of all series; none without a Prometheus. */
  readonly names: () => Promise<string[]>;
  /**
   * A series that counts what is wanted under a name of its own, where no rule makes the metric of it: `hits_total`,
   * of `hits_per_second`.
   */
  readonly unmade: () => Promise<string | undefined>;
  readonly result: () => Promise<PromAnswer<VectorSample[]> | undefined>;
  readonly source: Source;

  constructor(readonly cluster: Cluster, readonly wanted: Wanted) {
    this.delivery = lazy(() => this.#deliver());
    this.adapter = lazy(() => adapterOf(cluster));
    this.prometheus = lazy(async () => await prometheusOf(cluster, await this.adapter()));
    this.tried = lazy(() => this.#try());
    this.used = lazy(async () => (await this.tried()).findLast((rule) => this.exposes(rule)));
    this.names = lazy(async () => await (await this.prometheus())?.names() ?? []);
    this.unmade = lazy(() => this.#unmade());
    this.result = lazy(() => this.#result());
    this.source = new Source({
      cluster,
      namespace: wanted.namespace,
      metric: wanted.metric,
      prometheus: this.prometheus,
      seriesNames: () => this.#seriesNames(),
      series: async () => (await this.#parted()).own,
      others: async () => (await this.#parted()).others,
      pods: async () => await this.#pods(),
      isAtZero: wanted.isAtZero === true,
      ...(this.isOfService ? { described: () => this.#service() } : {}),
    });
  }

  get #asked(): AskedMetric {
    const { api, metric, namespace, names, resource, selector } = this.wanted;
    return {
      metric,
      namespace,
      names,
      selector: selectorRequirements(selector) ?? [],
      ...(api === "custom" && resource ? { resource } : {}),
    };
  }

  /** The metric as the API lists it: `services/hits`; of an external one its name. */
  get path(): string {
    const { api, metric, resource } = this.wanted;
    return api === "external" || !resource ? metric : `${groupResource(resource)}/${metric}`;
  }

  get isOfService(): boolean {
    return this.wanted.resource?.resource === "services" && this.wanted.resource.group === "";
  }

  /** Whether the API gives a value. */
  async isDelivered(): Promise<boolean> {
    const delivery = await this.delivery();
    return "items" in delivery && delivery.items.length > 0;
  }

  /** Whether a rule exposes the metric that is wanted. */
  exposes(rule: TriedRule): boolean {
    return exposes(rule, this.#asked);
  }

  /** The query that the adapter sends for it, or why it sends none. */
  async query(): Promise<{ promql: string } | { why: string } | undefined> {
    const rule = await this.used();
    const { resource, names } = this.#asked;
    const isOfNone = this.wanted.api === "custom" && (!resource || names.length === 0);
    return rule && !isOfNone ? queryFor(rule, this.#asked) : undefined;
  }

  /** The label by which a rule tells the objects apart; undefined where it has none. */
  async label(): Promise<string | undefined> {
    const rule = await this.used();
    const { resource } = this.wanted;
    return rule && resource ? labelFor(rule, resource) : undefined;
  }

  /**
   * A rule that would expose the metric, if Prometheus had its series, or the rule let it pass; with the series'
   * name, whether the rule asks for it, and whether it asks for names at all.
   */
  async couldExpose(): Promise<
    { rule: RunningRule; series: string; isMeant: boolean; isByName: boolean } | undefined
  > {
    const { metric } = this.wanted;
    const tried = await this.tried();
    if (tried.length === 0) return undefined;
    const candidates = [
      metric,
      `${metric}_total`,
      `${metric}_seconds_total`,
      ...await this.#sameCount(),
    ];
    for (const rule of tried.toReversed()) {
      const series = [...literalName(rule), ...candidates].find((name) =>
        selectsName(rule, name) && rule.namer.accepts(name) && nameGiven(rule, name) === metric
      );
      if (series === undefined) continue;
      return {
        rule,
        series,
        isMeant: literalName(rule).includes(series),
        isByName: nameMatchers(rule.rule.seriesQuery).some(({ type }) => type.startsWith("=")),
      };
    }
  }

  async #unmade(): Promise<string | undefined> {
    if (!await this.prometheus() || await this.used()) return undefined;
    const { metric } = this.wanted;
    const could = await this.couldExpose();
    const names = await this.names();
    if (could?.isMeant || names.includes(metric) || could && names.includes(could.series)) {
      return undefined;
    }
    return (await this.#sameCount()).find((name) => !name.endsWith("_bucket"));
  }

  /** The names of series that count what is wanted, the best to make a metric of first. */
  async #sameCount(): Promise<string[]> {
    const stem = stemOf(this.wanted.metric);
    const rank = (name: string) => BEST_ENDS.indexOf(COUNTER_NAME.exec(name)?.[0] ?? "");
    return (await this.names()).filter((name) => stemOf(name) === stem)
      .sort((a, b) => rank(a) - rank(b));
  }

  async #deliver(): Promise<Delivery> {
    const { path } = this.wanted;
    if (path === undefined) return { items: [] };
    const answer = await this.cluster.reads.raw(path);
    if (answer.code === 200) return { items: JSON.parse(answer.text).items ?? [] };
    return { code: answer.code, refused: messageIn(answer.text) };
  }

  async #try(): Promise<RunningRule[]> {
    const adapter = await this.adapter();
    const prometheus = await this.prometheus();
    if (!adapter?.isOurs || !prometheus) return [];
    await prometheus.now();
    return await adapter.tried(
      prometheus,
      this.wanted.api,
    );
  }

  async #result(): Promise<PromAnswer<VectorSample[]> | undefined> {
    const asked = await this.query();
    const prometheus = await this.prometheus();
    return asked && "promql" in asked ? await prometheus?.query(asked.promql) : undefined;
  }

  /** What the wanted metric's series are called. */
  async #seriesNames(): Promise<string[]> {
    const { metric } = this.wanted;
    const rule = await this.used();
    if (rule) {
      return [
        ...new Set(
          rule.trial.series.flatMap((one) =>
            "name" in one && one.name === metric ? [one.labels.__name__] : []
          ),
        ),
      ];
    }
    const could = await this.couldExpose();
    if (could?.isMeant) return [could.series];
    const unmade = await this.unmade();
    if (unmade !== undefined) return [unmade];
    // What a rule for every name would call so is one guess; what the autoscaler names is there by its own name
    // first.
    return [...new Set([metric, ...could ? [could.series] : [], `${metric}_total`])];
  }

  /** The series of the metric: those of the objects that are wanted, and those of others. */
  async #parted(): Promise<{ own: Labels[]; others: Labels[] }> {
    const prometheus = await this.prometheus();
    if (!prometheus) return { own: [], others: [] };
    const names = await this.#seriesNames();
    const matcher = names.length === 1
      ? `{__name__=${JSON.stringify(names[0])}}`
      : `{__name__=~${JSON.stringify(names.join("|"))}}`;
    const all = await prometheus.live(matcher);
    const result = await this.result();
    // However its query joins them, a rule that gives a value has its series.
    if (result && "data" in result && result.data.length > 0) return { own: all, others: [] };
    const isOwn = await this.#ownTest();
    return { own: all.filter(isOwn), others: all.filter((labels) => !isOwn(labels)) };
  }

  async #ownTest(): Promise<(labels: Labels) => boolean> {
    const { api, namespace, names, resource } = this.wanted;
    const rule = await this.used();
    const isUnscoped = rule?.rule.resources.namespaced === false;
    if (api === "external") {
      return (labels) =>
        isUnscoped || labels.namespace === undefined || labels.namespace === namespace;
    }
    const label = await this.label() ?? singularOf(resource?.resource ?? "pods");
    const wanted = new Set(names);
    return (labels) =>
      (labels.namespace === undefined || labels.namespace === namespace) &&
      (wanted.size === 0 || wanted.has(labels[label]));
  }

  async #pods(): Promise<Pod[]> {
    // An external metric is of whoever serves it, and not of what is scaled by it.
    if (this.wanted.api === "external" && (await this.source.others()).length > 0) return [];
    const service = this.isOfService ? await this.#service() : undefined;
    const behind = service ? await this.cluster.podsOf(service) : [];
    if (behind.length > 0 || this.wanted.pods.length > 0) {
      return behind.length > 0 ? behind : [...this.wanted.pods];
    }
    const named = new Set((await this.source.series()).map(({ pod }) => pod));
    return (await this.cluster.reads.list<Pod>("v1/pods", this.wanted.namespace))
      .filter(({ metadata }) => named.has(metadata.name));
  }

  async #service(): Promise<Service | undefined> {
    const [name] = this.wanted.names;
    return name === undefined ? undefined : await this.cluster.service(this.wanted.namespace, name);
  }
}

/** The ends of names of what is counted; a sum may be of seconds, and a bucket is of no use by itself. */
const BEST_ENDS = ["_total", "_count", "", "_sum", "_bucket"];

/** What names of metrics end in that say what was made of a count. */
const MADE_NAME =
  /_(per_(second|minute|hour)|(rate|increase)(_?\d+[smhd])?|avg|average|p\d+|qps|rps)$/;

/** What a metric counts, by its name. */
function stemOf(name: string): string {
  const stem = name.replace(COUNTER_NAME, "").replace(MADE_NAME, "");
  return stem === name ? name : stemOf(stem);
}

/** The name that a rule would give to a series. */
function nameGiven({ namer }: RunningRule, series: string): string | undefined {
  const named = namer.nameFor(series);
  return "name" in named ? named.name : undefined;
}

/** Whether a rule's seriesQuery lets a name pass, whatever the other labels. */
function selectsName({ rule }: RunningRule, name: string): boolean {
  return nameMatchers(rule.seriesQuery).every((matcher) => matcher.matches(name));
}

/** The name that a seriesQuery asks for, where it asks for one. */
function literalName({ rule }: RunningRule): string[] {
  return nameMatchers(rule.seriesQuery).flatMap(({ type, value }) =>
    type === "=" ? [value] : type === "=~" ? [value.replace(/^\^|\$$|\.\*$/g, "")] : []
  ).filter((name) => /^[\w:]+$/.test(name));
}

function nameMatchers(seriesQuery: string): ReturnType<typeof parseSelector> {
  try {
    return parseSelector(seriesQuery).filter(({ name }) => name === "__name__");
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return [];
  }
}

/** The message of a refusal, of a Status or as plain text. */
function messageIn(text: string): string {
  try {
    return JSON.parse(text).message ?? text.trim();
  } catch {
    return text.trim();
  }
}
