import { type Cancel, InvariantError } from "../../../base/mod.ts";
import { basicAuth, httpStatus, isLongerThan, quote, utf8Length } from "../../../go/mod.ts";
import {
  compareStrings,
  type ExpositionFormat,
  ExpositionSyntaxError,
  formatLabels,
  type Labels,
  Matcher,
  METRIC_NAME,
  ScrapeCache,
  type SeriesRef,
  type SeriesStore,
} from "../../../promql/mod.ts";
import { type ContainerContext, type HttpResponse, NetworkError } from "../../seams.ts";
import type { ScrapeConfig } from "./config.ts";
import { shownDuration } from "./config_units.ts";
import type { Slog } from "../shared/slog.ts";
import { relabel, RelabelError } from "./relabel.ts";
import { LEAST_INTERVAL_MS, MOST_SERIES } from "./rule_group.ts";
import { acceptHeader, formatOf, protobufError } from "./scrape_protocol.ts";
import { scrapeOffsetMs, type TargetIdentity } from "./target.ts";

/** What a scrape loop needs of its server. */
export interface ScrapeHost {
  readonly context: ContainerContext;
  readonly store: SeriesStore;
  readonly log: Slog;
  readonly version: string;
  /** Spreads the scrapes of several servers. */
  readonly offsetSeed: string;
  /** Whether targets of the pool exceed its limit, and the error then. */
  poolError(pool: string): string | undefined;
  counted(what: "scrape" | "sample limit" | "label limit" | "body size limit"): void;
  /** What became of a scrape's samples. */
  appended(appended: Appended): void;
}

/** How many samples of a scrape were stored, and how many were not. */
export interface Appended {
  samples: number;
  duplicates: number;
  outOfOrder: number;
  outOfBounds: number;
}

export type TargetHealth = "unknown" | "up" | "down";

/** What of a target survives a resume. */
export interface TargetState {
  health: TargetHealth;
  lastError: string;
  lastScrapeMs: number;
  lastDurationSeconds: number;
}

/** A line of an exposition. */
interface Line {
  labels: Labels;
  /** The series its samples go to, made with the first that is taken. */
  ref?: SeriesRef;
  /** Its last sample brought its own time: it does not go stale. */
  isTimed?: boolean;
}

/** What is told of a scrape: how many samples, how many of them are kept, how many series are new. */
interface Counts {
  samples: number;
  kept: number;
  added: number;
}

const REPORTS = [
  "up",
  "scrape_duration_seconds",
  "scrape_samples_scraped",
  "scrape_samples_post_metric_relabeling",
  "scrape_series_added",
] as const;
/** What is told as well with `extra_scrape_metrics`. */
const EXTRA_REPORTS = [
  "scrape_timeout_seconds",
  "scrape_sample_limit",
  "scrape_body_size_bytes",
] as const;

/** The longest text that is read, in bytes. */
const MAX_BODY_LENGTH = 4 << 20;
/** As much of an error is kept: some quote the text that is wrong. */
const MAX_ERROR_LENGTH = 4096;
/** Texts that are shorter bring too few series to matter. */
const SHORT_BODY_LENGTH = 64 << 10;
/** What a series takes of a text at least: `a 1` and the end of its line. */
const SHORTEST_LINE_LENGTH = 4;
/** Samples that bring a time further ahead than this are left out. */
const MAX_AHEAD_MS = 10 * 60_000;
const TOO_LONG = "body size limit exceeded";
/** As often a scrape follows where it is sent. */
const MOST_REDIRECTS = 10;

/** A sample whose series or whose scrape breaks a limit; upstream fails the whole scrape. */
class ScrapeError extends Error {
  override name = "ScrapeError";

  constructor(message: string, readonly counts?: Counts) {
    super(message);
  }
}

/** A text of a kind that is not read at all. */
class FormatError extends ScrapeError {
  override name = "FormatError";

  constructor(message: string) {
    super(message, { samples: 0, kept: 0, added: 0 });
  }
}

/**
 * Scrapes one target on its grid and stores what it finds, with the samples about the scrape itself.
 * Source: prometheus/prometheus scrape/scrape.go (scrapeLoop).
 * Differs: no more than ten scrapes a second, texts of 4 MiB, and 200,000 series of a server; what is sent as protocol buffers is refused; a lab that is taken up again has metadata from the next scrape on.
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
  readonly #cache: ScrapeCache<Line | undefined>;
  readonly #reports: SeriesRef[];
  readonly #stopTimer: Cancel;
  /** Series of the last scrape before a resume, when the cache does not know them. */
  #inherited: Set<SeriesRef> | undefined;
  /** How many samples the last text had. */
  #samples = 0;
  /** The last good text and its format: metadata is read from it when asked for. */
  lastText = "";
  lastFormat: ExpositionFormat = "text";

  constructor(host: ScrapeHost, config: ScrapeConfig, target: TargetIdentity, state?: TargetState) {
    this.#host = host;
    this.config = config;
    this.target = target;
    this.#cache = new ScrapeCache((labels, twice) => this.#line(labels, twice));
    const reports = config.extraScrapeMetrics ? [...REPORTS, ...EXTRA_REPORTS] : REPORTS;
    this.#reports = reports.map((name) => host.store.series({ ...target.labels, __name__: name }));
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
    const { error, body, contentType } = this.#fetch();
    let scrapeError = error;
    let counts: Counts = { samples: 0, kept: 0, added: 0 };
    if (error === undefined && body !== "") {
      try {
        const format = this.#formatOf(contentType, body);
        counts = this.#append(body, format, nowMs);
        this.lastText = body;
        this.lastFormat = format;
      } catch (thrown) {
        const isOfTarget = thrown instanceof ExpositionSyntaxError ||
          thrown instanceof ScrapeError || thrown instanceof RelabelError;
        if (!isOfTarget) throw thrown;
        scrapeError = thrown.message.slice(0, MAX_ERROR_LENGTH);
        counts = thrown instanceof ScrapeError && thrown.counts ? thrown.counts : this.#failed(
          // A line that is refused for what it says was one of the scrape's; one that cannot be read was not.
          thrown instanceof ExpositionSyntaxError ? 0 : 1,
        );
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
    const { samples, kept, added } = counts;
    const values = [scrapeError === undefined ? 1 : 0, durationSeconds, samples, kept, added];
    if (this.config.extraScrapeMetrics) {
      const bytes = scrapeError === TOO_LONG ? -1 : utf8Length(body);
      values.push(this.target.timeoutMs / 1000, this.config.sampleLimit, bytes);
    }
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
    return this.#cache.targets().flatMap((line) =>
      line && this.#goesStale(line) ? [line.ref!] : []
    );
  }

  #goesStale({ ref, isTimed }: Line): boolean {
    return ref !== undefined && (!isTimed || this.config.trackTimestampsStaleness);
  }

  #fetch(): { error?: string; body: string; contentType: string } {
    const { config } = this;
    const failed = (error: string) => ({ error, body: "", contentType: "" });
    const limited = this.#host.poolError(config.jobName);
    if (limited) return failed(limited);
    const { error, response } = this.#ask();
    if (response === undefined) return failed(error);
    if (response.status !== 200) {
      return failed(`server returned HTTP status ${httpStatus(response.status)}`);
    }
    const { bodySizeLimit } = config;
    const isLong = bodySizeLimit > 0 && isLongerThan(response.body, bodySizeLimit - 1);
    if (isLong || isLongerThan(response.body, MAX_BODY_LENGTH)) {
      this.#host.counted("body size limit");
      return failed(TOO_LONG);
    }
    return { body: response.body, contentType: headerOf(response, "content-type") };
  }

  /**
   * The target's answer, or that of where it sends the scrape.
   * Source: golang/go src/net/http/client.go (Client.do).
   */
  #ask(): { error: string; response?: undefined } | { error?: undefined; response: HttpResponse } {
    let url = this.target.url;
    const wrap = (text: string) => ({ error: `Get "${url}": ${text}` });
    try {
      let headers = this.#headers();
      for (let redirects = 0;; redirects++) {
        const response = this.#host.context.net.request({
          method: "GET",
          url,
          headers,
          insecureSkipVerify: this.config.insecureSkipVerify,
        });
        const isRedirect = [301, 302, 303, 307, 308].includes(response.status);
        const location = headerOf(response, "location");
        if (!isRedirect || location === "" || !this.config.followRedirects) return { response };
        if (redirects >= MOST_REDIRECTS) return wrap(`stopped after ${MOST_REDIRECTS} redirects`);
        if (!URL.canParse(location, url)) {
          return wrap(`failed to parse Location header ${quote(location)}`);
        }
        const next = new URL(location, url);
        if (next.hostname !== new URL(url).hostname) {
          const { Authorization: _, ...open } = headers;
          headers = open;
        }
        url = next.href;
      }
    } catch (error) {
      if (error instanceof CredentialsError) return wrap(error.message);
      if (!(error instanceof NetworkError)) throw error;
      return wrap(
        /i\/o timeout$/.test(error.message) ? "context deadline exceeded" : error.message,
      );
    }
  }

  /** Errors: FormatError. */
  #formatOf(contentType: string, body: string): ExpositionFormat {
    const found = formatOf(contentType, this.config.fallbackProtocol);
    if ("error" in found) throw new FormatError(found.error);
    if (found.format === "protobuf") throw new FormatError(protobufError(body));
    return found.format;
  }

  #headers(): Record<string, string> {
    const headers: Record<string, string> = {
      Accept: acceptHeader(this.config.protocols, this.config.nameEscaping),
      "Accept-Encoding": this.config.raw.enable_compression === false ? "identity" : "gzip",
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

  /** Errors: ExpositionSyntaxError, ScrapeError, RelabelError; nothing is stored then. */
  #append(body: string, format: ExpositionFormat, nowMs: number): Counts {
    const { sampleLimit, honorTimestamps } = this.config;
    this.#checkRoom(body);
    const { minValidMs } = this.#host.store;
    let kept = 0;
    const appended: Appended = { samples: 0, duplicates: 0, outOfOrder: 0, outOfBounds: 0 };
    const pending: [Line, number, number][] = [];
    const result = this.#cache.scan(body, (line, value, timestampMs, again) => {
      if (!line) return;
      kept++;
      const atMs = honorTimestamps && timestampMs !== undefined ? timestampMs : undefined;
      line.isTimed = atMs !== undefined;
      if (atMs === undefined) {
        if (again) appended.duplicates++;
        else if (sampleLimit > 0) pending.push([line, nowMs, value]);
        else this.#store(line, nowMs, value, appended);
      } else if (atMs > nowMs + MAX_AHEAD_MS || atMs < minValidMs) appended.outOfBounds++;
      else pending.push([line, atMs, value]);
    }, format);
    const added = result.added.filter((line) => line !== undefined).length;
    if (sampleLimit > 0 && pending.length > sampleLimit) {
      this.#host.counted("sample limit");
      const counts = { samples: result.samples, kept, added: Math.min(added, sampleLimit) };
      throw new ScrapeError("sample limit exceeded", counts);
    }
    for (const [line, atMs, value] of pending) this.#store(line, atMs, value, appended);
    this.#host.appended(appended);
    this.#tell(appended);
    const stored = result.added.filter((line) => line?.ref && !this.#inherited?.delete(line.ref));
    this.#markStale(
      result.gone.flatMap((line) => line && this.#goesStale(line) ? [line.ref!] : []),
      nowMs,
    );
    if (this.#inherited) this.#markStale(this.#inherited, nowMs);
    this.#inherited = undefined;
    this.#samples = result.samples;
    return { samples: result.samples, kept, added: stored.length };
  }

  #store(line: Line, atMs: number, value: number, appended: Appended): void {
    line.ref ??= this.#host.store.series(line.labels);
    const outcome = this.#host.store.append(line.ref, atMs, value);
    if (outcome === "ok") appended.samples++;
    else if (outcome === "out of order sample") appended.outOfOrder++;
    else appended.duplicates++;
  }

  /** Source: prometheus/prometheus scrape/scrape.go (scrapeLoopAppender.append). */
  #tell({ outOfOrder, duplicates, outOfBounds }: Appended): void {
    const warn = (source: string, message: string, dropped: number) => {
      if (dropped === 0) return;
      this.#host.log.warn(source, message, {
        component: "scrape manager",
        scrape_pool: this.config.jobName,
        target: this.target.url,
        num_dropped: dropped,
      });
    };
    warn("scrape.go:1882", "Error on ingesting out-of-order samples", outOfOrder);
    warn(
      "scrape.go:1885",
      "Error on ingesting samples with different value but same timestamp",
      duplicates,
    );
    warn(
      "scrape.go:1888",
      "Error on ingesting samples that are too old or are too far into the future",
      outOfBounds,
    );
  }

  /** What a text that failed came to; `more` lines of it were refused and not misread. */
  #failed(more: number): Counts {
    const { targets, added } = this.#cache.failedAfter;
    return {
      samples: targets.length + more,
      kept: targets.filter((line) => line !== undefined).length,
      added: added.filter((line) => line !== undefined).length,
    };
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
    throw new ScrapeError("sample limit exceeded", { samples: lines, kept: 0, added: 0 });
  }

  #appendStale(nowMs: number): void {
    this.#samples = 0;
    this.#markStale(this.#live(), nowMs);
    this.#cache.pause();
    this.#inherited = undefined;
  }

  #markStale(series: Iterable<SeriesRef>, nowMs: number): void {
    for (const ref of series) this.#host.store.appendStale(ref, nowMs);
  }

  /**
   * The series of one exposed label set: target labels joined, metric relabeling applied.
   * Source: prometheus/prometheus scrape/scrape.go (mutateSampleLabels, verifyLabelLimits).
   */
  #line(exposed: Labels, twice: string | undefined): Line | undefined {
    const { honorLabels, metricRelabelRules } = this.config;
    const labels = joinLabels(exposed, this.target.labels, honorLabels);
    if (!relabel(labels, metricRelabelRules)) return undefined;
    if (!labels[METRIC_NAME]) throw new ScrapeError("missing metric name (__name__ label)");
    this.#checkNames(labels);
    this.#checkLimits(labels);
    // What is written anew is there once: a label of the target, or one that a rule has changed.
    const isAnew = twice === undefined || labels[twice] !== exposed[twice] ||
      (!honorLabels && Object.hasOwn(this.target.labels, twice));
    if (isAnew) return { labels };
    throw new ScrapeError(`label name "${twice}" is not unique: invalid sample`);
  }

  #checkNames(labels: Record<string, string>): void {
    if (this.config.nameValidation === "utf8") return;
    const isValid = /^[a-zA-Z_:][\w:]*$/.test(labels[METRIC_NAME]) &&
      Object.keys(labels).every((name) => /^[a-zA-Z_]\w*$/.test(name));
    if (isValid) return;
    throw new ScrapeError(`invalid metric name or label names: ${formatLabels(labels)}`);
  }

  /** Source: prometheus/prometheus scrape/scrape.go (verifyLabelLimits). */
  #checkLimits(labels: Record<string, string>): void {
    const { labelLimit, labelNameLengthLimit, labelValueLengthLimit } = this.config;
    const fail = (what: string) => {
      this.#host.counted("label limit");
      throw new ScrapeError(what);
    };
    // Most configurations have no limit, and the lines are many.
    if (labelLimit === 0 && labelNameLengthLimit === 0 && labelValueLengthLimit === 0) return;
    const names = Object.keys(labels).sort(compareStrings);
    const metric = cut(labels[METRIC_NAME]);
    if (labelLimit > 0 && names.length > labelLimit) {
      fail(
        `label_limit exceeded (metric: ${metric}, number of labels: ${names.length}, limit: ${labelLimit})`,
      );
    }
    if (labelNameLengthLimit === 0 && labelValueLengthLimit === 0) return;
    for (const name of names) {
      const value = labels[name];
      const shown = `(metric: ${metric}, label name: ${cut(name)}`;
      const nameLength = utf8Length(name);
      if (labelNameLengthLimit > 0 && nameLength > labelNameLengthLimit) {
        fail(
          `label_name_length_limit exceeded ${shown}, length: ${nameLength}, limit: ${labelNameLengthLimit})`,
        );
      }
      const valueLength = utf8Length(value);
      if (labelValueLengthLimit > 0 && valueLength > labelValueLengthLimit) {
        fail(
          `label_value_length_limit exceeded ${shown}, value: ${
            quote(cut(value))
          }, length: ${valueLength}, limit: ${labelValueLengthLimit})`,
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

function headerOf({ headers }: HttpResponse, name: string): string {
  const found = Object.keys(headers).find((one) => one.toLowerCase() === name);
  return found === undefined ? "" : headers[found];
}

/** The first fifty characters, as `%.50s` prints them. */
function cut(text: string): string {
  return Array.from(text).slice(0, 50).join("");
}

/** The interval of a target as the API shows it. */
export function shownInterval(target: TargetIdentity): string {
  if (!(target.intervalMs > 0)) throw new InvariantError("A target needs an interval");
  return shownDuration(target.intervalMs);
}
