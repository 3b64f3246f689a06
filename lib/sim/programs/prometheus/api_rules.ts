import { createHash } from "node:crypto";
import { formatFloat, parseGoBool, parseGoInt } from "../../../go/mod.ts";
import { type Matcher, sortedLabels } from "../../../promql/mod.ts";
import { type ApiResult, goTime, matcherSets } from "./api.ts";
import { QueryApiError } from "./api_error.ts";
import { checkForm, type Form } from "./form.ts";
import type { ActiveAlert } from "./rule_group.ts";
import type { PrometheusServer } from "./server.ts";

type Group = PrometheusServer["rules"]["groups"][number];
type RuleView = Group["rules"][number];

/** `/api/v1/rules`. Source: prometheus/prometheus web/api/v1/api.go (rules). */
export function rules(server: PrometheusServer, form: Form): ApiResult {
  checkForm(form);
  const sets = matcherSets(form, (message) => new QueryApiError("bad_data", message));
  const type = (form.get("type") ?? "").toLowerCase();
  if (!["", "alert", "record"].includes(type)) {
    throw QueryApiError.parameter("type", `not supported value "${type}"`);
  }
  const excludesAlerts = flag(form, "exclude_alerts");
  const page = pageOf(form);
  const names = form.getAll("rule_name[]");
  const shows = ({ rule }: RuleView) =>
    fits(names, rule.name) && fitsSets(sets, rule.labels) &&
    (type === "" || (type === "alert") === (rule.kind === "alerting"));
  const groups = chosenGroups(server, form)
    .map((group) => shownGroup(group, shows, excludesAlerts))
    .filter((group) => group.rules.length > 0);
  if (!page) return { data: { groups } };
  const from = page.token === "" ? 0 : groups.findIndex((group) => tokenOf(group) === page.token);
  if (from < 0) {
    throw QueryApiError.parameter(
      "group_next_token",
      `invalid group_next_token '${page.token}'. were rule groups changed?`,
    );
  }
  const next = groups[from + page.limit];
  return {
    data: {
      groups: groups.slice(from, from + page.limit),
      ...(next ? { groupNextToken: tokenOf(next) } : {}),
    },
  };
}

const fits = (list: string[], value: string) => list.length === 0 || list.includes(value);

function fitsSets(sets: readonly Matcher[][], labels: Readonly<Record<string, string>>): boolean {
  return sets.length === 0 ||
    sets.some((set) => set.every((matcher) => matcher.matchesLabels(labels)));
}

function chosenGroups(server: PrometheusServer, form: Form): Group[] {
  const groups = form.getAll("rule_group[]");
  const files = form.getAll("file[]");
  const keyOf = ({ spec }: Group) => `${spec.file};${spec.name}`;
  return server.rules.groups
    .filter(({ spec }) => fits(groups, spec.name) && fits(files, spec.file))
    .sort((a, b) => keyOf(a) < keyOf(b) ? -1 : 1);
}

/** Errors: QueryApiError. Source: as above (parseExcludeAlerts). */
function flag(form: Form, name: string): boolean {
  const text = (form.get(name) ?? "").toLowerCase();
  if (text === "") return false;
  const value = parseGoBool(text);
  if (typeof value === "boolean") return value;
  throw QueryApiError.parameter(name, `error converting ${name}: ${value.problem}`);
}

/** How many groups are wanted, and the token of the first. Source: as above (parseListRulesPaginationRequest). */
function pageOf(form: Form): { limit: number; token: string } | undefined {
  const text = form.get("group_limit") ?? "";
  const token = form.get("group_next_token") ?? "";
  if (text === "") {
    if (token === "") return undefined;
    throw QueryApiError.parameter(
      "group_next_token",
      "group_limit needs to be present in order to paginate over the groups",
    );
  }
  const wrong = (what: string) =>
    QueryApiError.parameter("group_limit", `group_limit needs to be ${what}`);
  const limit = parseGoInt(text, { bits: 32 });
  if (typeof limit === "object") throw wrong(`a valid number: ${limit.problem}`);
  if (limit <= 0) throw wrong("greater than 0");
  return { limit, token };
}

function tokenOf({ file, name }: { file: string; name: string }): string {
  return createHash("sha256").update(`${file};${name}`).digest("hex");
}

function shownGroup(group: Group, shows: (rule: RuleView) => boolean, excludesAlerts: boolean) {
  return {
    name: group.spec.name,
    file: group.spec.file,
    rules: group.rules.filter(shows).map((rule) => shownRule(rule, excludesAlerts)),
    interval: group.intervalMs / 1000,
    limit: group.spec.limit,
    evaluationTime: group.durationSeconds,
    lastEvaluation: goTime(group.lastEvaluationMs),
  };
}

function shownRule(
  { rule, state, alerts }: RuleView,
  excludesAlerts: boolean,
): Record<string, unknown> {
  const common = {
    health: state.health,
    ...(state.lastError === "" ? {} : { lastError: state.lastError }),
    evaluationTime: state.durationSeconds,
    lastEvaluation: goTime(state.lastEvaluationMs),
  };
  if (rule.kind === "recording") {
    return {
      name: rule.name,
      query: rule.query,
      labels: sortedLabels(rule.labels),
      ...common,
      type: "recording",
    };
  }
  const states = alerts.map((alert) => alert.state);
  return {
    state: states.includes("firing")
      ? "firing"
      : states.includes("pending")
      ? "pending"
      : "inactive",
    name: rule.name,
    query: rule.query,
    duration: rule.forMs / 1000,
    keepFiringFor: rule.keepFiringForMs / 1000,
    labels: sortedLabels(rule.labels),
    annotations: sortedLabels(rule.annotations),
    alerts: excludesAlerts ? null : alerts.map(shownAlert),
    ...common,
    type: "alerting",
  };
}

export function shownAlert(alert: ActiveAlert): Record<string, unknown> {
  return {
    labels: sortedLabels(alert.labels),
    annotations: sortedLabels(alert.annotations),
    state: alert.state,
    activeAt: goTime(alert.activeAtMs),
    ...(alert.keepFiringSinceMs === undefined
      ? {}
      : { keepFiringSince: goTime(alert.keepFiringSinceMs) }),
    value: formatFloat(alert.value, "e"),
  };
}
