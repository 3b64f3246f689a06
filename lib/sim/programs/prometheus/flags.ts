import {
  DurationSyntaxError,
  GoUrlError,
  numError,
  parseGoUrl,
  parsePromDuration,
} from "../../../go/mod.ts";
import type { KingpinFlags } from "../shared/kingpin.ts";

export const VERSION = "3.14.0";
export const REVISION = "unknown";
export const GO_VERSION = "go1.26.3";
export const BUILD_DATE = "20260811-09:42:17";

const duration = (fallback: string) => ({
  default: fallback,
  check: (value: string): string | undefined => {
    try {
      parsePromDuration(value);
      return undefined;
    } catch (error) {
      if (error instanceof DurationSyntaxError) return error.message;
      throw error;
    }
  },
});
/** Kingpin reads a whole number as a float and cuts it. */
const int = (fallback: string) => ({
  default: fallback,
  check: (value: string): string | undefined =>
    /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i.test(value)
      ? undefined
      : numError("ParseFloat", value),
});
const bool = { kind: "bool" } as const;
const text = (fallback = "") => ({ default: fallback });

/**
 * The flags of a Prometheus server.
 * Source: prometheus/prometheus cmd/prometheus/main.go.
 */
export const FLAGS: KingpinFlags = {
  "alertmanager.drain-notification-queue-on-shutdown": { kind: "bool", default: "true" },
  "alertmanager.notification-queue-capacity": int("10000"),
  "auto-gomaxprocs": { kind: "bool", default: "true" },
  "auto-gomemlimit": { kind: "bool", default: "true" },
  "auto-gomemlimit.ratio": text("0.9"),
  "config.auto-reload": bool,
  "config.auto-reload-interval": duration("30s"),
  "config.file": text("prometheus.yml"),
  "enable-feature": { default: "", kind: "list" },
  "log.format": text("logfmt"),
  "log.level": text("info"),
  "query.lookback-delta": duration("5m"),
  "query.max-concurrency": int("20"),
  "query.max-samples": int("50000000"),
  "query.timeout": duration("2m"),
  "rules.alert.for-grace-period": duration("10m"),
  "rules.alert.for-outage-tolerance": duration("1h"),
  "rules.alert.resend-delay": duration("1m"),
  "rules.max-concurrent-evals": int("4"),
  "scrape.adjust-timestamps": { kind: "bool", default: "true" },
  "scrape.discovery-reload-interval": duration("5s"),
  "scrape.name-escaping-scheme": text("values"),
  "scrape.timestamp-tolerance": duration("2ms"),
  "storage.agent.path": text("data-agent/"),
  "storage.remote.flush-deadline": duration("1m"),
  "storage.tsdb.allow-overlapping-compaction": { kind: "bool", default: "true" },
  "storage.tsdb.max-block-duration": duration("0s"),
  "storage.tsdb.min-block-duration": duration("2h"),
  "storage.tsdb.no-lockfile": bool,
  "storage.tsdb.path": text("data/"),
  "storage.tsdb.retention.size": text("0B"),
  "storage.tsdb.retention.time": duration("0s"),
  "storage.tsdb.wal-compression": { kind: "bool", default: "true" },
  "storage.tsdb.wal-segment-size": text("0B"),
  "web.config.file": text(),
  "web.console.libraries": text("console_libraries"),
  "web.console.templates": text("consoles"),
  "web.cors.origin": text(".*"),
  "web.enable-admin-api": bool,
  "web.enable-lifecycle": bool,
  "web.enable-otlp-receiver": bool,
  "web.enable-remote-write-receiver": bool,
  "web.external-url": text(),
  "web.listen-address": { default: "0.0.0.0:9090", kind: "list" },
  "web.max-connections": int("512"),
  "web.max-notifications-subscribers": int("16"),
  "web.page-title": text("Prometheus Time Series Collection and Processing Server"),
  "web.read-timeout": duration("5m"),
  "web.route-prefix": text(),
  "web.user-assets": text(),
};

/**
 * The URL that users reach a server by, without its last slashes; its path begins with one, even where the flag
 * holds no more than a path.
 * Errors: GoUrlError. Source: prometheus/prometheus cmd/prometheus/main.go (computeExternalURL).
 */
export function externalUrl(flag: string, hostname: string): string {
  if (/^["']|["']$/.test(flag)) throw new GoUrlError("URL must not begin or end with quotes");
  const url = parseGoUrl(flag || `http://${hostname}:9090/`);
  const path = url.escapedPath.replace(/\/+$/, "");
  return url.withPath(path && !path.startsWith("/") ? `/${path}` : path).toString();
}

/** Retention when neither a flag nor the configuration sets one. */
export const DEFAULT_RETENTION = "15d";
