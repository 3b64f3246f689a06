import { ApiError, type KubeObject, matches, parseSelector } from "../../lib/kube/mod.ts";
import {
  evaluateInstant,
  EvaluationError,
  type Labels,
  parseExposition,
  parseSelector as parseMatchers,
  SeriesStore,
  toApiData,
} from "../../lib/promql/mod.ts";
import type { HttpResponse, ListOptions } from "../../lib/sim/mod.ts";
import { FakeApi } from "../sim/fakes/mod.ts";

/** A resource as discovery lists it. */
export interface CaseResource {
  group?: string;
  version?: string;
  resource: string;
  kind: string;
  singular?: string;
  namespaced?: boolean;
}

/** A series, with what is known of its samples; values are seconds and a number, as the API has them. */
export interface CaseSeries {
  labels: Labels;
  points: [seconds: number, value: number][];
}

/** An answer to one query: what Prometheus's `data` is, or the status and body of an error. */
export type CaseResult = { data: unknown } | { status: number; body: unknown };

/** The Kubernetes API of a case: discovery and lists, nothing that changes. */
export class CaseApi extends FakeApi {
  constructor(
    private readonly resources: readonly CaseResource[],
    private readonly objects: readonly KubeObject[],
  ) {
    super();
    this.answer = (path) => this.#discover(path);
  }

  override list<T extends KubeObject>(resource: string, options: ListOptions = {}): T[] {
    const [plural, ...group] = resource.split(".");
    const known = this.resources.find((one) =>
      one.resource === plural && (one.group ?? "") === group.join(".")
    );
    if (!known) throw ApiError.noSuchResource();
    const requirements = parseSelector(String(options.labelSelector ?? ""));
    return this.objects.filter(({ apiVersion, kind, metadata }) =>
      apiVersion === apiVersionOf(known) && kind === known.kind &&
      (options.namespace === undefined || metadata.namespace === options.namespace) &&
      matches(requirements, metadata.labels)
    ) as T[];
  }

  override get<T extends KubeObject>(resource: string, namespace: string, name: string) {
    return this.list<T>(resource, namespace ? { namespace } : {})
      .find(({ metadata }) => metadata.name === name);
  }

  #discover(path: string): unknown {
    if (path === "/api") return { versions: ["v1"] };
    if (path === "/apis") {
      const versions = new Map<string, string>();
      for (const { group = "", version = "v1" } of this.resources) {
        if (group && !versions.has(group)) versions.set(group, version);
      }
      const groups = [...versions].map(([name, version]) => {
        const preferredVersion = { groupVersion: `${name}/${version}`, version };
        return { name, versions: [preferredVersion], preferredVersion };
      });
      return { kind: "APIGroupList", groups };
    }
    const groupVersion = path.replace(/^\/apis?\//, "");
    const resources = this.resources.filter((one) => apiVersionOf(one) === groupVersion)
      .map(({ resource, kind, singular, namespaced = true }) => ({
        name: resource,
        singularName: singular ?? "",
        namespaced,
        kind,
        verbs: ["get", "list"],
      }));
    return { kind: "APIResourceList", groupVersion, resources };
  }
}

function apiVersionOf({ group, version = "v1" }: CaseResource): string {
  return group ? `${group}/${version}` : version;
}

/** The Prometheus of a case: it remembers what it was asked. */
export class CasePrometheus {
  readonly seriesQueries: string[] = [];
  readonly queries: string[] = [];
  readonly #store = new SeriesStore();

  constructor(
    private readonly series: readonly CaseSeries[],
    private readonly seriesAnswers: ReadonlyMap<string, CaseResult>,
    private readonly results: (query: string) => CaseResult | undefined,
    private readonly nowMs: number,
  ) {
    for (const { labels, points } of series) {
      const ref = this.#store.series(labels);
      for (const [seconds, value] of points) this.#store.append(ref, seconds * 1000, value);
    }
  }

  answer(path: string, params: URLSearchParams): HttpResponse {
    if (path.endsWith("/api/v1/series")) {
      const match = params.get("match[]") ?? "";
      this.seriesQueries.push(match);
      return respond(this.seriesAnswers.get(match) ?? refusing(() => this.#select(match)));
    }
    const query = params.get("query") ?? "";
    this.queries.push(query);
    return respond(this.results(query) ?? refusing(() => this.#evaluate(query)));
  }

  #select(match: string): Labels[] {
    const matchers = parseMatchers(match);
    return this.series.map(({ labels }) => labels)
      .filter((labels) => matchers.every((matcher) => matcher.matchesLabels(labels)));
  }

  #evaluate(query: string): unknown {
    return toApiData(evaluateInstant(this.#store, query, this.nowMs));
  }
}

/** Source: prometheus/prometheus web/api/v1/api.go (respondError). */
function refusing(read: () => unknown): CaseResult {
  try {
    return { data: read() };
  } catch (error) {
    if (error instanceof EvaluationError) {
      return failure(422, "execution", error.message);
    }
    if (error instanceof SyntaxError) return failure(400, "bad_data", error.message);
    throw error;
  }
}

/** An error as Prometheus answers with it. */
export function failure(status: number, errorType: string, error: string): CaseResult {
  return { status, body: { status: "error", errorType, error } };
}

function respond(result: CaseResult): HttpResponse {
  const headers = { "content-type": "application/json" };
  if ("data" in result) {
    const body = JSON.stringify({ status: "success", data: result.data });
    return { status: 200, headers, body };
  }
  const { status, body } = result;
  return { status, headers, body: typeof body === "string" ? body : JSON.stringify(body) };
}

/** The samples in a text that exporters and `/federate` write; those without a time are of `nowMs`. */
export function readExposition(text: string, nowMs: number): CaseSeries[] {
  const found = new Map<string, CaseSeries>();
  const ended = text.endsWith("\n") ? text : `${text}\n`;
  for (const { samples } of parseExposition(ended)) {
    for (const { labels, value, timestampMs = nowMs } of samples) {
      const key = JSON.stringify(Object.entries(labels).sort());
      const series = found.get(key) ?? { labels, points: [] };
      series.points.push([timestampMs / 1000, value]);
      found.set(key, series);
    }
  }
  return [...found.values()];
}
