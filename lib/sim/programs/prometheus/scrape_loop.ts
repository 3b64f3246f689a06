import { type Cancel, InvariantError } from "../../../base/mod.ts";
import { basicAuth, httpStatus, utf8Length } from "../../../go/mod.ts";
import {
  ExpositionSyntaxError,
  type Labels,
  Matcher,
  METRIC_NAME,
  ScrapeCache,
  type SeriesRef,
  type SeriesStore,
} from "../../../promql/mod.ts";
import { type ContainerContext, NetworkError } from "../../seams.ts";
import { type ScrapeConfig, shownDuration } from "./config.ts";
import { relabel, RelabelError } from "./relabel.ts";
import { LEAST_INTERVAL_MS, MOST_SERIES } from "./rule_group.ts";
import { scrapeOffsetMs, type TargetIdentity } from "./target.ts";

/** What a scrape loop needs of its server. */
export interface ScrapeHost {
  readonly context: ContainerContext;
  readonly store: SeriesStore;
  readonly version: string;
  /** Spreads the scrapes of several servers. */
  readonly offsetSeed: string;
  /** Whether targets of the pool exceed its limit, and the error then. */
  poolError(pool: string): string | undefined;
  counted(what: "scrape" | "sample limit"): void;
  /** What became of a scrape's samples. */
  appended(appended: Appended): void;
}

/** How many samples of a scrape were stored, and how many were not. */
export interface Appended {
  samples: number;
  duplicates: number;
  outOfOrder: number;
}

export type TargetHealth = "unknown" | "up" | "down";

/** What of a target survives a resume. */
export interface TargetState {
  health: TargetHealth;
  lastError: string;
  lastScrapeMs: number;
  lastDurationSeconds: number;
}

/** A line of an exposition: the series its samples go to, or none when relabeling drops it. */
type Line = SeriesRef | undefined;

const REPORTS = [
  "up",
  "scrape_duration_seconds",
  "scrape_samples_scraped",
  "scrape_samples_post_metric_relabeling",
  "scrape_series_added",
] as const;

const ACCEPT =
  "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";

/** The longest text that is read, in characters. */
const MAX_BODY_LENGTH = 4 << 20;
/** As much of an error is kept: some quote the text that is wrong. */
const MAX_ERROR_LENGTH = 4096;
/** Texts that are shorter bring too few series to matter. */
const SHORT_BODY_LENGTH = 64 << 10;
/** What a series takes of a text at least: `a 1` and the end of its line. */
const SHORTEST_LINE_LENGTH = 4;
/** Samples that bring a time further ahead than this are left out. */
const MAX_AHEAD_MS = 10 * 60_000;

/** A sample whose series or whose scrape breaks a limit; upstream fails the whole scrape. */
class ScrapeError extends Error {
  override name = "ScrapeError";
}

/**
 * Scrapes one target on its grid and stores what it finds, with the samples about the scrape itself.
 * Source: prometheus/prometheus scrape/scrape.go (scrapeLoop).
 * Differs: no more than ten scrapes a second, texts of 4 MiB, and 200,000 series of a server.
 */
export class ScrapeLoop {
  target: TargetIdentity;
  state: TargetState = {
    health: "unknown",
    lastError: "",
    lastScrapeMs: 0,
    lastDurationSeconds: 0,
  };
  readonly config: ScrapeConfig;
  readonly #host: ScrapeHost;
  readonly #cache: ScrapeCache<Line>;
  readonly #reports: SeriesRef[];
  readonly #stopTimer: Cancel;
  /** Series of the last scrape before a resume, when the cache does not know them. */
  #inherited: Set<SeriesRef> | undefined;
  /** How many samples the last text had. */
  #samples = 0;
  /** Series whose samples bring their own time: they do not go stale. */
  readonly #timed = new Set<SeriesRef>();
  /** The last good text: metadata is read from it when asked for. */
  lastText = "";

  constructor(host: ScrapeHost, config: ScrapeConfig, target: TargetIdentity, state?: TargetState) {
    this.#host = host;
    this.config = config;
    this.target = target;
    this.#cache = new ScrapeCache((labels) => this.#line(labels));
    this.#reports = REPORTS.map((name) => host.store.series({ ...target.labels, __name__: name }));
    if (state) {
      this.state = state;
      this.#inherit();
    }
    this.#stopTimer = host.context.every(
      Math.max(target.intervalMs, LEAST_INTERVAL_MS),
      () => this.scrape(),
      { originMs: scrapeOffsetMs(target, host.offsetSeed) },
    );
  }

  /** One scrape, now. */
  scrape(): void {
    const nowMs = this.#host.context.now();
    const { error, body } = this.#fetch();
    let scrapeError = error;
    let samples = 0;
    let kept = 0;
    let added = 0;
    if (error === undefined && body !== "") {
      try {
        ({ samples, kept, added } = this.#append(body, nowMs));
        this.lastText = body;
      } catch (thrown) {
        const isOfTarget = thrown instanceof ExpositionSyntaxError ||
          thrown instanceof ScrapeError || thrown instanceof RelabelError;
        if (!isOfTarget) throw thrown;
        scrapeError = thrown.message.slice(0, MAX_ERROR_LENGTH);
        this.#appendStale(nowMs);
      }
    } else this.#appendStale(nowMs);
    const timedOut = scrapeError?.endsWith("context deadline exceeded") ?? false;
    const durationSeconds = timedOut
      ? this.target.timeoutMs / 1000 + 0.0007
      : scrapeDuration(body.length, nowMs, scrapeError !== undefined);
    this.state = {
      health: scrapeError === undefined ? "up" : "down",
      lastError: scrapeError ?? "",
      lastScrapeMs: nowMs,
      lastDurationSeconds: durationSeconds,
    };
    const values = [scrapeError === undefined ? 1 : 0, durationSeconds, samples, kept, added];
    for (let i = 0; i < values.length; i++) {
      this.#host.store.append(this.#reports[i], nowMs, values[i]);
    }
    this.#host.counted("scrape");
  }

  /**
   * Ends the loop. The series go stale at the time of the scrape that will not be.
   * Gives that time and what to mark; the caller does so when it has come.
   */
  stop(): { atMs: number; series: SeriesRef[] } {
    this.#stopTimer();
    const series = [...this.#live(), ...this.#reports];
    const { intervalMs } = this.target;
    const offset = scrapeOffsetMs(this.target, this.#host.offsetSeed);
    const nowMs = this.#host.context.now();
    const atMs = offset + (Math.floor((nowMs - offset) / intervalMs) + 1) * intervalMs;
    return { atMs, series: this.state.lastScrapeMs > 0 ? series : [] };
  }

  /** Ends the loop without staleness markers: another goes on with the same series. */
  handOver(): void {
    this.#stopTimer();
  }

  #live(): SeriesRef[] {
    if (this.#inherited) return Array.from(this.#inherited);
    const series: SeriesRef[] = [];
    for (const line of this.#cache.targets()) {
      if (line && (!this.#timed.has(line) || this.config.trackTimestampsStaleness)) {
        series.push(line);
      }
    }
    return series;
  }

  #fetch(): { error?: string; body: string } {
    const { config, target } = this;
    const limited = this.#host.poolError(config.jobName);
    if (limited) return { error: limited, body: "" };
    const wrap = (text: string) => `Get "${target.url}": ${text}`;
    try {
      const response = this.#host.context.net.request({
        method: "GET",
        url: target.url,
        headers: this.#headers(),
        insecureSkipVerify: config.insecureSkipVerify,
      });
      if (response.status !== 200) {
        return { error: `server returned HTTP status ${httpStatus(response.status)}`, body: "" };
      }
      const limit = Math.min(config.bodySizeLimit || MAX_BODY_LENGTH, MAX_BODY_LENGTH);
      if (utf8Length(response.body) > limit) {
        return { error: "body size limit exceeded", body: "" };
      }
      const wrong = contentTypeError(response.headers, config.fallbackProtocol);
      return wrong && response.body !== "" ? { error: wrong, body: "" } : { body: response.body };
    } catch (error) {
      if (error instanceof CredentialsError) return { error: wrap(error.message), body: "" };
      if (!(error instanceof NetworkError)) throw error;
      const text = /i\/o timeout$/.test(error.message)
        ? "context deadline exceeded"
        : error.message;
      return { error: wrap(text), body: "" };
    }
  }

  #headers(): Record<string, string> {
    const headers: Record<string, string> = {
      Accept: ACCEPT,
      "User-Agent": `Prometheus/${this.#host.version}`,
      "X-Prometheus-Scrape-Timeout-Seconds": String(this.target.timeoutMs / 1000),
    };
    const { authorization, basicAuth: login } = this.config;
    if (authorization) {
      const { type, credentials, credentialsFile } = authorization;
      const secret = credentialsFile
        ? this.#read(credentialsFile, "authorization credentials")
        : credentials ?? "";
      headers.Authorization = `${type} ${secret}`;
    }
    if (login) {
      const password = login.passwordFile
        ? this.#read(login.passwordFile, "basic auth password")
        : login.password ?? "";
      headers.Authorization = basicAuth(login.username, password);
    }
    return headers;
  }

  #read(path: string, what: string): string {
    const text = this.#host.context.files.read(path);
    if (text === undefined) {
      throw new CredentialsError(
        `unable to read ${what} file ${path}: open ${path}: no such file or directory`,
      );
    }
    return text.trim();
  }

  #append(body: string, nowMs: number): { samples: number; kept: number; added: number } {
    const { sampleLimit, honorTimestamps } = this.config;
    this.#checkRoom(body);
    let kept = 0;
    const appended: Appended = { samples: 0, duplicates: 0, outOfOrder: 0 };
    const pending: [SeriesRef, number, number][] = [];
    const result = this.#cache.scan(body, (line, value, timestampMs) => {
      if (!line) return;
      kept++;
      if (timestampMs !== undefined && honorTimestamps) {
        if (timestampMs > nowMs + MAX_AHEAD_MS) return;
        this.#timed.add(line);
        pending.push([line, timestampMs, value]);
      } else if (sampleLimit > 0) pending.push([line, nowMs, value]);
      else this.#store(line, nowMs, value, appended);
    });
    if (sampleLimit > 0 && kept > sampleLimit) {
      this.#host.counted("sample limit");
      throw new ScrapeError("sample limit exceeded");
    }
    for (const [line, atMs, value] of pending) this.#store(line, atMs, value, appended);
    this.#host.appended(appended);
    let added = 0;
    for (const line of result.added) {
      if (line && !this.#inherited?.delete(line)) added++;
    }
    this.#markStale(result.gone, nowMs);
    if (this.#inherited) this.#markStale(this.#inherited, nowMs);
    this.#inherited = undefined;
    this.#samples = result.samples;
    return { samples: result.samples, kept, added };
  }

  #store(line: SeriesRef, atMs: number, value: number, appended: Appended): void {
    const outcome = this.#host.store.append(line, atMs, value);
    if (outcome === "ok") appended.samples++;
    else if (outcome === "out of order sample") appended.outOfOrder++;
    else appended.duplicates++;
  }

  /** Refuses a long text before its series are made, when the server would hold too many then. */
  #checkRoom(body: string): void {
    if (body.length < SHORT_BODY_LENGTH) return;
    const room = MOST_SERIES - this.#host.store.seriesCount;
    if (body.length / SHORTEST_LINE_LENGTH <= room + this.#samples) return;
    let lines = 0;
    for (let at = body.indexOf("\n"); at >= 0; at = body.indexOf("\n", at + 1)) lines++;
    const added = lines - this.#samples;
    if (added <= Math.max(0, room)) return;
    this.#host.counted("sample limit");
    throw new ScrapeError("sample limit exceeded");
  }

  #appendStale(nowMs: number): void {
    this.#samples = 0;
    this.#markStale(this.#live(), nowMs);
    this.#cache.clear();
    this.#inherited = undefined;
  }

  #markStale(lines: Iterable<Line>, nowMs: number): void {
    for (const line of lines) {
      if (!line) continue;
      if (this.#timed.has(line) && !this.config.trackTimestampsStaleness) continue;
      this.#host.store.appendStale(line, nowMs);
      this.#timed.delete(line);
    }
  }

  /**
   * The series of one exposed label set: target labels joined, metric relabeling applied.
   * Source: prometheus/prometheus scrape/scrape.go (mutateSampleLabels, verifyLabelLimits).
   */
  #line(exposed: Labels): Line {
    const labels = joinLabels(exposed, this.target.labels, this.config.honorLabels);
    if (!relabel(labels, this.config.metricRelabelRules)) return undefined;
    if (!labels[METRIC_NAME]) throw new ScrapeError("missing metric name (__name__ label)");
    this.#checkLimits(labels);
    return this.#host.store.series(labels);
  }

  #checkLimits(labels: Record<string, string>): void {
    const { labelLimit, labelNameLengthLimit, labelValueLengthLimit } = this.config;
    const names = Object.keys(labels);
    const metric = labels[METRIC_NAME];
    if (labelLimit > 0 && names.length > labelLimit) {
      throw new ScrapeError(
        `label_limit exceeded (metric: "${
          metric.slice(0, 50)
        }", number of labels: ${names.length}, limit: ${labelLimit})`,
      );
    }
    for (const name of names) {
      const value = labels[name];
      const shown = `(metric: "${metric.slice(0, 50)}", label name: "${
        name.slice(0, 50)
      }", value: "${value.slice(0, 50)}"`;
      if (labelNameLengthLimit > 0 && name.length > labelNameLengthLimit) {
        throw new ScrapeError(
          `label_name_length_limit exceeded ${shown}, length: ${name.length}, limit: ${labelNameLengthLimit})`,
        );
      }
      if (labelValueLengthLimit > 0 && value.length > labelValueLengthLimit) {
        throw new ScrapeError(
          `label_value_length_limit exceeded ${shown}, length: ${value.length}, limit: ${labelValueLengthLimit})`,
        );
      }
    }
  }

  /** After a resume: the series this target's last scrape wrote, found by their labels and time. */
  #inherit(): void {
    const { job, instance } = this.target.labels;
    const equal = (name: string, value = "") => new Matcher(name, "=", value);
    const reports = new Set(this.#reports);
    this.#inherited = new Set(
      this.#host.store.select([equal("job", job), equal("instance", instance)])
        .filter((series) =>
          series.lastMs === this.state.lastScrapeMs && !series.isStale && !reports.has(series)
        ),
    );
  }
}

class CredentialsError extends Error {
  override name = "CredentialsError";
}

/**
 * Labels of a sample: the exposed ones and the target's. Where both have a name the target's win and
 * the exposed one is renamed `exported_…`, or the other way round with `honor_labels`.
 * Source: prometheus/prometheus scrape/scrape.go (mutateSampleLabels).
 */
function joinLabels(
  exposed: Labels,
  target: Labels,
  honorLabels: boolean,
): Record<string, string> {
  const labels: Record<string, string> = { ...exposed };
  if (honorLabels) {
    for (const name in target) if (!Object.hasOwn(exposed, name)) labels[name] = target[name];
    for (const name in labels) if (labels[name] === "") delete labels[name];
    return labels;
  }
  const conflicts: string[] = [];
  for (const name in target) {
    if (exposed[name]) conflicts.push(name);
    labels[name] = target[name];
  }
  conflicts.sort((a, b) => a.length - b.length);
  for (const name of conflicts) {
    let renamed = `exported_${name}`;
    while (labels[renamed]) renamed = `exported_${renamed}`;
    labels[renamed] = exposed[name];
  }
  return labels;
}

/** A plausible duration: connecting, and reading at some tens of megabytes a second. */
function scrapeDuration(bytes: number, nowMs: number, hasFailed: boolean): number {
  const jitter = ((Math.imul(Math.floor(nowMs), 2654435761) >>> 8) & 0xffff) / 0x10000;
  return (hasFailed ? 0.0004 : 0.0016) + bytes * 1.2e-8 + jitter * 0.0013;
}

/**
 * Source: prometheus/prometheus model/textparse/interface.go (extractMediaType).
 */
function contentTypeError(
  headers: Record<string, string>,
  fallback: string,
): string | undefined {
  const name = Object.keys(headers).find((one) => one.toLowerCase() === "content-type");
  const type = name === undefined ? "" : headers[name];
  const media = type.split(";")[0].trim().toLowerCase();
  if (
    media === "text/plain" || media === "application/openmetrics-text" ||
    media === "application/vnd.google.protobuf"
  ) return undefined;
  if (fallback !== "") return undefined;
  return type === ""
    ? "non-compliant scrape target sending blank Content-Type and no fallback_scrape_protocol specified for target"
    : `received unsupported Content-Type ${
      JSON.stringify(type)
    } and no fallback_scrape_protocol specified for target`;
}

/** The interval of a target as the API shows it. */
export function shownInterval(target: TargetIdentity): string {
  if (!(target.intervalMs > 0)) throw new InvariantError("A target needs an interval");
  return shownDuration(target.intervalMs);
}
