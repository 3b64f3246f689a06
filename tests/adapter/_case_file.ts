import { stringify } from "yaml";
import type { KubeObject } from "../../lib/kube/mod.ts";
import { discoveryData } from "../../lib/sim/api/_data.ts";
import {
  type CaseResource,
  type CaseResult,
  type CaseSeries,
  failure,
  readExposition,
} from "./_case_world.ts";

/** Where in a file something is wrong, what, and what to do about it. */
export class CaseError extends Error {
  override name = "CaseError";
}

export interface CaseRequest {
  method: string;
  /** With its query. */
  path: string;
}

/** One line of a case file, made whole with defaults. */
export interface AdapterCase {
  name: string;
  /** YAML; undefined when the file is not to be there. */
  configText: string | undefined;
  flags: string[];
  series: CaseSeries[];
  seriesAnswers: Map<string, CaseResult>;
  resources: CaseResource[];
  objects: KubeObject[];
  nowMs: number;
  requests: CaseRequest[];
  /** The answer to a query; undefined leaves it to the samples. */
  resultOf: (query: string) => CaseResult | undefined;
  expect: Expectation | undefined;
}

/** What a line may say of the outcome; everything in it is optional and may be partial. */
export interface Expectation {
  list?: unknown;
  promql?: unknown;
  response?: unknown;
  responses?: unknown[];
  seriesQueries?: string[];
  log?: string[];
  exit?: number | null;
}

const FIELDS = [
  "name",
  "source",
  "config",
  "flags",
  "series",
  "samples",
  "resources",
  "objects",
  "now",
  "request",
  "requests",
  "result",
  "results",
  "expect",
];
const DEFAULT_NOW = "2026-01-01T00:00:00Z";

/** Reads a file of JSON lines; empty lines and lines that start with `#` or `//` are passed over. */
export function readCases(file: string, text: string): { line: number; raw: unknown }[] {
  return text.split("\n").map((content, i) => ({ content: content.trim(), line: i + 1 }))
    .filter(({ content }) => content !== "" && !/^(#|\/\/)/.test(content))
    .map(({ content, line }) => {
      try {
        return { line, raw: JSON.parse(content) };
      } catch (error) {
        throw new CaseError(
          `${file}:${line}: not JSON: ${(error as Error).message}. ` +
            "Write one case a line, each a JSON object.",
        );
      }
    });
}

/**
 * A case out of one line.
 * Errors: CaseError that starts with `where`, which is `file:line`.
 */
export function toCase(raw: any, where: string): AdapterCase {
  const refuse = (what: string, advice: string): never => {
    throw new CaseError(`${where}: ${what}. ${advice}`);
  };
  if (!isObject(raw)) refuse(`the line is ${nameOf(raw)}`, "Write a JSON object with a config.");
  for (const field of Object.keys(raw)) {
    if (!FIELDS.includes(field)) {
      refuse(`unknown field ${JSON.stringify(field)}`, `Known are ${FIELDS.join(", ")}.`);
    }
  }
  const nowMs = timeOf(raw.now ?? DEFAULT_NOW);
  if (Number.isNaN(nowMs)) {
    refuse(
      `now: ${JSON.stringify(raw.now)} is no time`,
      "Write RFC 3339, or seconds since the epoch.",
    );
  }
  const requests = listOf(raw.requests ?? raw.request).map((one) => toRequest(one, refuse));
  const { series, seriesAnswers } = toSeries(raw, nowMs, refuse);
  return {
    name: typeof raw.name === "string" ? raw.name : where,
    configText: toConfig(raw, refuse),
    flags: toFlags(raw.flags, refuse),
    series,
    seriesAnswers,
    resources: toResources(raw.resources, refuse),
    objects: listOf(raw.objects).map((one) => toObject(one, refuse)),
    nowMs,
    requests,
    resultOf: toResults(raw, nowMs, refuse),
    expect: toExpectation(raw.expect, refuse),
  };
}

type Refuse = (what: string, advice: string) => never;

function toConfig({ config }: any, refuse: Refuse): string | undefined {
  if (config === null) return undefined;
  if (typeof config === "string") return config;
  if (Array.isArray(config)) return stringify({ rules: config });
  if (isObject(config)) return stringify(config);
  return refuse(
    config === undefined ? "config is missing" : `config is ${nameOf(config)}`,
    "Give the adapter's configuration as YAML text, as an object, or as a list of rules; null leaves the file away.",
  );
}

function toFlags(flags: unknown, refuse: Refuse): string[] {
  return listOf(flags).map((flag) =>
    typeof flag === "string" && flag.startsWith("-")
      ? flag
      : refuse(`flags: ${JSON.stringify(flag)} is no flag`, 'Write "--name=value".')
  );
}

function toRequest(raw: unknown, refuse: Refuse): CaseRequest {
  const given: any = typeof raw === "string" ? { path: raw } : isObject(raw) ? raw : {};
  const { method = "GET", path, query } = given;
  if (typeof path !== "string" || !path.startsWith("/")) {
    return refuse(
      `request: ${JSON.stringify(raw)} has no path`,
      'Write "/apis/custom.metrics.k8s.io/v1beta1/namespaces/default/pods/*/NAME", or {"path": …, "query": {…}}.',
    );
  }
  const search = isObject(query) ? `${new URLSearchParams(query as any)}` : query ?? "";
  return { method, path: search ? `${path}${path.includes("?") ? "&" : "?"}${search}` : path };
}

function toSeries(raw: any, nowMs: number, refuse: Refuse) {
  const seriesAnswers = new Map<string, CaseResult>();
  const series = [
    ...readSeries(raw.series, "series", nowMs, refuse, seriesAnswers),
    ...readSeries(raw.samples, "samples", nowMs, refuse, new Map()),
  ];
  return { series, seriesAnswers };
}

function readSeries(
  raw: unknown,
  field: string,
  nowMs: number,
  refuse: Refuse,
  answers: Map<string, CaseResult>,
): CaseSeries[] {
  if (raw === undefined || raw === null) return [];
  if (typeof raw === "string") {
    try {
      return readExposition(raw, nowMs);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return refuse(`${field}: ${error.message}`, "Write the text format, a sample a line.");
    }
  }
  if (isObject(raw) && Array.isArray((raw as any).data)) {
    return readSeries((raw as any).data, field, nowMs, refuse, answers);
  }
  if (isObject(raw)) {
    // By seriesQuery: each with its own answer, which may be an error.
    return Object.entries(raw as Record<string, unknown>).flatMap(([match, answer]) => {
      if (isObject(answer) && "error" in (answer as any)) {
        answers.set(match, errorOf(answer));
        return [];
      }
      if (answer === null) {
        answers.set(match, { data: null });
        return [];
      }
      const list = readSeries(answer, `${field}[${match}]`, nowMs, refuse, new Map());
      answers.set(match, { data: list.map(({ labels }) => labels) });
      return list;
    });
  }
  if (!Array.isArray(raw)) {
    return refuse(
      `${field} is ${nameOf(raw)}`,
      "Give a list of label sets with __name__, as /api/v1/series does, or exposition text.",
    );
  }
  return raw.map((one, i) => readOneSeries(one, `${field}[${i}]`, nowMs, refuse));
}

/** `{__name__, …}`, or `{metric: {…}, value | values}`, or a line of exposition text. */
function readOneSeries(raw: any, where: string, nowMs: number, refuse: Refuse): CaseSeries {
  if (typeof raw === "string") {
    const text = /[}\w]\s+\S+$/.test(raw.trim()) ? raw : `${raw} 0`;
    return readSeries(text, where, nowMs, refuse, new Map())[0];
  }
  if (!isObject(raw)) {
    return refuse(`${where} is ${nameOf(raw)}`, 'Write {"__name__": "hits", "pod": "web-1"}.');
  }
  const isSample = isObject(raw.metric) || isObject(raw.labels);
  const labels = { ...(isSample ? raw.metric ?? raw.labels : raw) };
  if (isSample && typeof raw.name === "string") labels.__name__ = raw.name;
  for (const [label, value] of Object.entries(labels)) {
    if (typeof value !== "string") {
      refuse(`${where}: label ${label} is ${nameOf(value)}`, "Label values are strings.");
    }
  }
  if (!isSample) return { labels, points: [] };
  const points: unknown[] = raw.values ?? (raw.value === undefined ? [] : [raw.value]);
  return {
    labels,
    points: points.map((point) => {
      const [seconds, value] = Array.isArray(point) ? point : [nowMs / 1000, point];
      return [Number(seconds), parseSampleValue(value)];
    }),
  };
}

function toResults(raw: any, nowMs: number, refuse: Refuse): AdapterCase["resultOf"] {
  const read = (one: unknown) => toResult(one, nowMs, refuse);
  if (raw.result !== undefined) {
    const result = read(raw.result);
    return () => result;
  }
  if (raw.results === undefined) return () => undefined;
  if (Array.isArray(raw.results)) {
    const results = raw.results.map(read);
    let next = 0;
    return () => results[Math.min(next++, results.length - 1)];
  }
  if (!isObject(raw.results)) {
    return refuse(
      `results is ${nameOf(raw.results)}`,
      'Give {"<query>": result}, with "*" for every other query, or a list of results in order.',
    );
  }
  const results = new Map(Object.entries(raw.results).map(([query, one]) => [query, read(one)]));
  return (query) => results.get(query) ?? results.get("*");
}

/** A result as the HTTP API gives it, a vector alone, a number, or an error. */
function toResult(raw: any, nowMs: number, refuse: Refuse): CaseResult {
  const seconds = nowMs / 1000;
  if (typeof raw === "number" || typeof raw === "string") {
    return { data: { resultType: "vector", result: [{ metric: {}, value: [seconds, `${raw}`] }] } };
  }
  if (Array.isArray(raw)) return { data: { resultType: "vector", result: raw.map(sample) } };
  if (isObject(raw)) {
    if ("error" in raw || "status" in raw && "body" in raw) return errorOf(raw);
    const data = raw.data ?? raw;
    if (typeof data.resultType === "string") {
      const isVector = data.resultType === "vector" && Array.isArray(data.result);
      return { data: isVector ? { ...data, result: data.result.map(sample) } : data };
    }
  }
  return refuse(
    `a result is ${JSON.stringify(raw)}`,
    'Give {"resultType": "vector", "result": […]}, a list of {"metric": {…}, "value": 1}, a number, or {"error": "…"}.',
  );
  function sample(one: any) {
    const { metric = {}, value = 0 } = isObject(one) ? one : { value: one };
    if (!Array.isArray(value)) return { metric, value: [seconds, String(value)] };
    const [time, text] = value;
    if (typeof time === "number" && ["number", "string"].includes(typeof text)) {
      return { metric, value: [time, String(text)] };
    }
    return refuse(`a sample is ${JSON.stringify(value)}`, 'Write [1767225600, "1"].');
  }
}

function errorOf(raw: any): CaseResult {
  if ("body" in raw) return { status: raw.status, body: raw.body };
  return failure(raw.status ?? 422, raw.errorType ?? "execution", String(raw.error));
}

/** `{group, version, kind, resource}`; the built-in resources of the embedded cluster by default. */
function toResources(raw: unknown, refuse: Refuse): CaseResource[] {
  if (raw === undefined || raw === null) return builtInResources();
  return listOf(raw).map((one: any) => {
    const resource = one?.resource ?? one?.name ?? one?.plural;
    if (typeof resource !== "string" || typeof one.kind !== "string") {
      return refuse(
        `resources: ${JSON.stringify(one)} lacks a resource or a kind`,
        'Write {"group": "apps", "version": "v1", "resource": "deployments", "kind": "Deployment"}.',
      );
    }
    const singular = one.singular ?? one.singularName;
    return { ...one, resource, ...(singular ? { singular } : {}) };
  });
}

let builtIn: CaseResource[] | undefined;

export function builtInResources(): CaseResource[] {
  const { groups, lists } = discoveryData();
  return builtIn ??= ["v1", ...groups.map((group) => group.preferredVersion.groupVersion)]
    .flatMap((groupVersion) => {
      const [group, version] = groupVersion.includes("/") ? groupVersion.split("/") : [
        "",
        groupVersion,
      ];
      return (lists[groupVersion]?.resources ?? []).filter(({ name }) => !name.includes("/"))
        .map(({ name, kind, singularName, namespaced }) => ({
          group,
          version,
          resource: name,
          kind,
          singular: singularName,
          namespaced,
        }));
    });
}

/** An object, or `pods/default/web-1` and `nodes/worker` for short. */
function toObject(raw: any, refuse: Refuse): KubeObject {
  if (typeof raw === "string") {
    const [named, ...rest] = raw.split("/");
    const [resource, ...group] = named.split(".");
    const known = builtInResources().find((one) =>
      [one.resource, one.singular].includes(resource) &&
      (group.length === 0 || one.group === group.join("."))
    );
    if (!known || rest.length === 0 || rest.length > 2) {
      return refuse(
        `objects: ${JSON.stringify(raw)} names no object`,
        'Write "pods/NAMESPACE/NAME", "nodes/NAME", or the object itself.',
      );
    }
    const [namespace, name] = rest.length === 2
      ? rest
      : [known.namespaced ? "default" : undefined, rest[0]];
    return {
      apiVersion: known.group ? `${known.group}/${known.version}` : known.version!,
      kind: known.kind,
      metadata: { ...(namespace ? { namespace } : {}), name },
      ...(known.kind === "Pod" ? { status: { phase: "Running" } } : {}),
    };
  }
  if (!isObject(raw) || !raw.kind || !raw.metadata?.name) {
    return refuse(
      `objects: ${JSON.stringify(raw)} lacks a kind or a metadata.name`,
      'Write {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "web-1", "namespace": "default"}}.',
    );
  }
  const known = builtInResources().find(({ kind, group }) =>
    kind === raw.kind && (!raw.apiVersion || !raw.apiVersion.includes("/") || group)
  );
  const apiVersion = raw.apiVersion ??
    (known?.group ? `${known.group}/${known.version}` : known?.version ?? "v1");
  const isNamespaced = known?.namespaced ?? true;
  const metadata = { ...(isNamespaced ? { namespace: "default" } : {}), ...raw.metadata };
  // A pod is taken to run unless it says otherwise.
  const status = raw.status ?? (raw.kind === "Pod" ? { phase: "Running" } : undefined);
  return { ...raw, kind: raw.kind, apiVersion, metadata, ...(status ? { status } : {}) };
}

const EXPECTED = [
  "list",
  "promql",
  "response",
  "responses",
  "seriesQueries",
  "log",
  "exit",
];

function toExpectation(raw: any, refuse: Refuse): Expectation | undefined {
  if (raw === undefined) return undefined;
  if (!isObject(raw)) return refuse(`expect is ${nameOf(raw)}`, "Write an object.");
  const unknown = Object.keys(raw).find((key) => !EXPECTED.includes(key));
  if (unknown) {
    refuse(`expect.${unknown} is not compared`, `Known are ${EXPECTED.join(", ")}.`);
  }
  const isListed = (one: unknown) => typeof one === "string" || isObject(one) && "name" in one;
  const isList = (list: any): boolean =>
    list === null || Array.isArray(list?.resources ?? list) &&
      (list.resources ?? list).every(isListed);
  const { list, responses } = raw;
  const byGroup = isObject(list) && !("resources" in list) ? Object.values(list) : [list];
  if (list === null || list !== undefined && !byGroup.every(isList)) {
    refuse(
      "expect.list is no list",
      'Write ["pods/hits"], or {"custom.metrics.k8s.io/v1beta1": […]}.',
    );
  }
  if (responses !== undefined && !Array.isArray(responses)) {
    refuse(
      "expect.responses is no list",
      'Write one response for each request; "response" is the first.',
    );
  }
  if (raw.seriesQueries !== undefined && !Array.isArray(raw.seriesQueries)) {
    refuse("expect.seriesQueries is no list", "Write a list of selectors.");
  }
  return { ...raw, ...(raw.log === undefined ? {} : { log: listOf(raw.log) as string[] }) };
}

/** A sample's value as the API writes it: `"1"`, `"+Inf"`, `"NaN"`. */
function parseSampleValue(raw: unknown): number {
  const text = String(raw);
  return /^[+-]?Inf$/i.test(text) ? (text.startsWith("-") ? -Infinity : Infinity) : Number(text);
}

function timeOf(raw: unknown): number {
  return typeof raw === "number" ? raw * 1000 : Date.parse(String(raw));
}

function listOf(raw: unknown): unknown[] {
  return raw === undefined || raw === null ? [] : Array.isArray(raw) ? raw : [raw];
}

function isObject(raw: unknown): raw is Record<string, any> {
  return typeof raw === "object" && raw !== null && !Array.isArray(raw);
}

function nameOf(raw: unknown): string {
  if (raw === null) return "null";
  return Array.isArray(raw) ? "a list" : typeof raw === "object" ? "an object" : `a ${typeof raw}`;
}
