import { type Cancel, fnv32a } from "../../../base/mod.ts";
import {
  EvaluationError,
  labelsKey,
  Matcher,
  METRIC_NAME,
  type SeriesRef,
  type SeriesStore,
} from "../../../promql/mod.ts";
import type { ContainerContext } from "../../seams.ts";
import { type AlertData, AlertTemplate } from "./alert_template.ts";
import type { QueryEngine } from "./query_engine.ts";
import type { Rule, RuleGroupSpec } from "./rule_files.ts";

/** Resolved alerts are remembered for so long. */
const RESOLVED_RETENTION_MS = 15 * 60_000;

export interface ActiveAlert {
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  state: "pending" | "firing" | "inactive";
  activeAtMs: number;
  value: number;
  keepFiringSinceMs?: number;
  resolvedAtMs?: number;
}

/** Groups are evaluated, and targets scraped, no more often than this. */
export const LEAST_INTERVAL_MS = 100;
/** After so much of the CPU the rest of a group waits until that time has passed. */
const TURN_MS = 1000;
/** The most series that a server holds before it takes no new ones. */
export const MOST_SERIES = 200_000;

/** How a rule's last evaluation went. */
export interface RuleState {
  health: "unknown" | "ok" | "err";
  lastError: string;
  lastEvaluationMs: number;
  durationSeconds: number;
  alerts: [key: string, alert: ActiveAlert][];
}

export interface RuleHost {
  readonly context: ContainerContext;
  readonly store: SeriesStore;
  readonly queries: QueryEngine;
  readonly evaluationIntervalMs: number;
  readonly externalUrl: string;
  readonly externalLabels: Readonly<Record<string, string>>;
  failed(group: RuleGroup, rule: Rule, error: string): void;
}

interface Evaluated {
  rule: Rule;
  state: RuleState;
  alerts: Map<string, ActiveAlert>;
  /** Series the last evaluation wrote. */
  written: Map<string, SeriesRef>;
}

/**
 * Evaluates the rules of one group, one after another, on the group's grid. Rules that are long at it
 * take virtual time; iterations that fall due meanwhile are missed.
 * Source: prometheus/prometheus rules/group.go, alerting.go, recording.go.
 * Differs: at most ten iterations a second.
 */
export class RuleGroup {
  readonly spec: RuleGroupSpec;
  readonly intervalMs: number;
  lastEvaluationMs = 0;
  durationSeconds = 0;
  evaluations = 0;
  missed = 0;
  /** Whether an iteration is under way. */
  #isAtIt = false;
  #isStopped = false;
  readonly #host: RuleHost;
  /** The texts of alerts, as they were read. */
  readonly #templates = new Map<string, AlertTemplate>();
  readonly #rules: Evaluated[];
  readonly #stopTimer: Cancel;
  readonly #offsetMs: number;

  /** `before` holds the states of rules that ran under the same group, by {@linkcode ruleKey}. */
  constructor(
    host: RuleHost,
    spec: RuleGroupSpec,
    queryOffsetMs: number,
    before: ReadonlyMap<string, RuleState> = new Map(),
  ) {
    this.#host = host;
    this.spec = spec;
    this.intervalMs = spec.intervalMs ?? host.evaluationIntervalMs;
    this.#offsetMs = spec.queryOffsetMs ?? queryOffsetMs;
    this.#rules = spec.rules.map((rule) => {
      const state = before.get(ruleKey(rule)) ?? {
        health: "unknown",
        lastError: "",
        lastEvaluationMs: 0,
        durationSeconds: 0,
        alerts: [],
      };
      this.lastEvaluationMs = Math.max(this.lastEvaluationMs, state.lastEvaluationMs);
      return { rule, state, alerts: new Map(state.alerts), written: this.#inherited(rule, state) };
    });
    const everyMs = Math.max(this.intervalMs, LEAST_INTERVAL_MS);
    this.#stopTimer = host.context.every(everyMs, () => this.evaluate(), {
      originMs: fnv32a(`${spec.file};${spec.name}`) % everyMs,
    });
  }

  /** The rules with their states, in order. */
  get rules(): { rule: Rule; state: RuleState; alerts: ActiveAlert[] }[] {
    return this.#rules.map(({ rule, state, alerts }) => ({
      rule,
      state,
      alerts: Array.from(alerts.values()).filter((alert) => alert.state !== "inactive"),
    }));
  }

  /** States by rule, for a group that takes over or a resume. */
  states(): Map<string, RuleState> {
    return new Map(
      this.#rules.map(({ rule, state, alerts }) => [
        ruleKey(rule),
        { ...state, alerts: Array.from(alerts) },
      ]),
    );
  }

  /** Ends the group; what its rules wrote goes stale unless `keep` says a successor writes it on. */
  stop(keep: (key: string) => boolean = () => false): void {
    this.#stopTimer();
    this.#isStopped = true;
    const nowMs = this.#host.context.now();
    for (const { rule, written } of this.#rules) {
      if (keep(ruleKey(rule))) continue;
      for (const ref of written.values()) this.#host.store.appendStale(ref, nowMs);
    }
  }

  evaluate(): void {
    if (this.#isAtIt) {
      this.missed++;
      return;
    }
    this.evaluations++;
    this.lastEvaluationMs = this.#host.context.now();
    this.durationSeconds = 0;
    this.#takeTurn(0, this.lastEvaluationMs);
  }

  /** Evaluates the rules from the `first` on, as of `nowMs`, until all are done or a turn is over. */
  #takeTurn(first: number, nowMs: number): void {
    let usedMs = 0;
    for (let i = first; i < this.#rules.length; i++) {
      this.#evaluateRule(this.#rules[i], nowMs);
      this.durationSeconds += this.#rules[i].state.durationSeconds;
      usedMs += this.#host.queries.lastMs;
      if (usedMs < TURN_MS) continue;
      this.#isAtIt = true;
      this.#host.context.after(usedMs, () => {
        this.#isAtIt = false;
        if (!this.#isStopped) this.#takeTurn(i + 1, nowMs);
      });
      return;
    }
  }

  #evaluateRule(evaluated: Evaluated, nowMs: number): void {
    const { rule, state } = evaluated;
    state.lastEvaluationMs = nowMs;
    const atMs = nowMs - this.#offsetMs;
    let samples: [Record<string, string>, number][];
    try {
      const found = this.#query(rule, atMs, state);
      samples = rule.kind === "recording"
        ? this.#record(rule, found)
        : this.#alert(evaluated, found, nowMs);
      this.#checkRoom(evaluated, samples.length);
      state.health = "ok";
      state.lastError = "";
    } catch (error) {
      if (!(error instanceof EvaluationError) && !(error instanceof RuleError)) throw error;
      state.health = "err";
      state.lastError = error.message;
      this.#host.failed(this, rule, error.message);
      return;
    }
    const written = new Map<string, SeriesRef>();
    for (const [labels, value] of samples) {
      const key = labelsKey(labels);
      const ref = evaluated.written.get(key) ?? this.#host.store.series(labels);
      written.set(key, ref);
      this.#host.store.append(ref, atMs, value);
    }
    for (const [key, ref] of evaluated.written) {
      if (!written.has(key)) this.#host.store.appendStale(ref, atMs);
    }
    evaluated.written = written;
  }

  /** Errors: RuleError when the server would hold too many series. */
  #checkRoom({ written, alerts }: Evaluated, count: number): void {
    if (count <= written.size || this.#host.store.seriesCount + count <= MOST_SERIES) return;
    alerts.clear();
    throw new RuleError(`exceeded limit of ${MOST_SERIES} with ${count} series`);
  }

  #query(
    rule: Rule,
    atMs: number,
    state: RuleState,
  ): { metric: Readonly<Record<string, string>>; value: number }[] {
    const { queries, evaluationIntervalMs } = this.#host;
    let found: { metric: Readonly<Record<string, string>>; value: number }[] = [];
    try {
      const file = this.spec.file.slice(this.spec.file.lastIndexOf("/") + 1);
      const settings = {
        text: rule.query,
        asker: `rule ${file} ${rule.name}: ${rule.query}`,
        defaultStepMs: evaluationIntervalMs,
      };
      const { value } = queries.instant(rule.expr, atMs, settings);
      if (value.type === "vector") found = value.samples;
      else if (value.type === "scalar") found = [{ metric: {}, value: value.value }];
      else throw new RuleError("rule result is not a vector or scalar");
      return found;
    } finally {
      const seconds = 0.0002 + found.length * 0.000004;
      state.durationSeconds = Math.max(seconds, queries.noticedMs / 1000);
    }
  }

  #record(
    rule: Rule,
    found: { metric: Readonly<Record<string, string>>; value: number }[],
  ): [Record<string, string>, number][] {
    const seen = new Set<string>();
    const samples = found.map(({ metric, value }): [Record<string, string>, number] => {
      const labels = withLabels({ ...metric, [METRIC_NAME]: rule.name }, rule.labels);
      const key = labelsKey(labels);
      if (seen.has(key)) {
        throw new RuleError(
          "vector contains metrics with the same labelset after applying rule labels",
        );
      }
      seen.add(key);
      return [labels, value];
    });
    if (this.spec.limit > 0 && samples.length > this.spec.limit) {
      throw new RuleError(`exceeded limit of ${this.spec.limit} with ${samples.length} series`);
    }
    return samples;
  }

  #alert(
    evaluated: Evaluated,
    found: { metric: Readonly<Record<string, string>>; value: number }[],
    nowMs: number,
  ): [Record<string, string>, number][] {
    const { rule, alerts } = evaluated;
    const present = new Map<string, ActiveAlert>();
    for (const { metric, value } of found) {
      const alert = this.#newAlert(rule, metric, value, nowMs);
      const key = labelsKey(alert.labels);
      if (present.has(key)) {
        throw new RuleError(
          "vector contains metrics with the same labelset after applying alert labels",
        );
      }
      present.set(key, alert);
    }
    for (const [key, alert] of present) {
      const known = alerts.get(key);
      if (known && known.state !== "inactive") {
        known.value = alert.value;
        known.annotations = alert.annotations;
      } else alerts.set(key, alert);
    }
    const samples: [Record<string, string>, number][] = [];
    let active = 0;
    for (const [key, alert] of alerts) {
      if (!this.#step(rule, alert, present.has(key), nowMs)) {
        if (
          alert.state === "pending" ||
          (alert.resolvedAtMs !== undefined &&
            nowMs - alert.resolvedAtMs > RESOLVED_RETENTION_MS)
        ) alerts.delete(key);
        else if (alert.state !== "inactive") {
          alert.state = "inactive";
          alert.resolvedAtMs = nowMs;
        }
        continue;
      }
      active++;
      const { labels, state, activeAtMs } = alert;
      samples.push(
        [{ ...labels, [METRIC_NAME]: "ALERTS", alertstate: state }, 1],
        [{ ...labels, [METRIC_NAME]: "ALERTS_FOR_STATE" }, Math.floor(activeAtMs / 1000)],
      );
    }
    if (this.spec.limit > 0 && active > this.spec.limit) {
      alerts.clear();
      throw new RuleError(`exceeded limit of ${this.spec.limit} with ${active} alerts`);
    }
    return samples;
  }

  /** Moves one alert on; false when it is no longer active. */
  #step(rule: Rule, alert: ActiveAlert, isPresent: boolean, nowMs: number): boolean {
    if (!isPresent) {
      if (alert.state !== "firing" || rule.keepFiringForMs === 0) return false;
      alert.keepFiringSinceMs ??= nowMs;
      if (nowMs - alert.keepFiringSinceMs >= rule.keepFiringForMs) return false;
    } else alert.keepFiringSinceMs = undefined;
    const held = nowMs - alert.activeAtMs >= rule.forMs;
    if (alert.state === "pending" && held) alert.state = "firing";
    else if (alert.state === "firing" && !held) alert.state = "pending";
    return true;
  }

  #expanded(rule: Rule, text: string, data: AlertData): string {
    if (!text.includes("{{")) return text;
    const key = `${rule.name}\0${text}`;
    const template = this.#templates.get(key) ?? new AlertTemplate(rule.name, text);
    this.#templates.set(key, template);
    return template.expand(data);
  }

  #newAlert(
    rule: Rule,
    metric: Readonly<Record<string, string>>,
    value: number,
    nowMs: number,
  ): ActiveAlert {
    const { externalUrl, externalLabels } = this.#host;
    const data = { labels: metric, externalLabels, externalUrl, value, nowMs };
    const expanded = (texts: Readonly<Record<string, string>>) =>
      Object.fromEntries(
        Object.entries(texts).map(([name, text]) => [name, this.#expanded(rule, text, data)]),
      );
    const labels = withLabels({ ...metric }, expanded(rule.labels));
    delete labels[METRIC_NAME];
    labels.alertname = rule.name;
    return {
      labels,
      annotations: expanded(rule.annotations),
      state: "pending",
      activeAtMs: nowMs,
      value,
    };
  }

  /** After a resume: the series the rule's last evaluation wrote. */
  #inherited(rule: Rule, state: RuleState): Map<string, SeriesRef> {
    const written = new Map<string, SeriesRef>();
    if (state.lastEvaluationMs === 0) return written;
    const names = rule.kind === "recording" ? [rule.name] : ["ALERTS", "ALERTS_FOR_STATE"];
    const atMs = state.lastEvaluationMs - this.#offsetMs;
    for (const name of names) {
      for (const ref of this.#host.store.select([new Matcher(METRIC_NAME, "=", name)])) {
        const isMine = rule.kind === "recording" || ref.labels.alertname === rule.name;
        if (isMine && ref.lastMs === atMs && !ref.isStale) written.set(ref.metric.key, ref);
      }
    }
    return written;
  }
}

class RuleError extends Error {
  override name = "RuleError";
}

function withLabels(
  labels: Record<string, string>,
  more: Readonly<Record<string, string>>,
): Record<string, string> {
  Object.assign(labels, more);
  for (const name in labels) if (labels[name] === "") delete labels[name];
  return labels;
}

/** What makes a rule the same one in another version of its group, and in a lab that is taken up again. */
export function ruleKey(rule: Rule): string {
  return `${rule.kind}\xff${rule.name}\xff${rule.text}\xff${labelsKey(rule.labels)}`;
}
