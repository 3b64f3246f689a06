/**
 * prometheus-config-reloader, the sidecar that tells Prometheus of a changed configuration.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { DurationSyntaxError, formatGoFloat, parseGoDuration } from "../../../go/mod.ts";
import {
  clientError,
  type ContainerContext,
  NetworkError,
  type Program,
  type RunningProgram,
} from "../../seams.ts";
import { GoMetrics } from "../shared/go_metrics.ts";
import { KingpinError, type KingpinFlags, parseKingpin } from "../shared/kingpin.ts";
import { LogTime } from "../shared/log_time.ts";
import { Slog } from "../shared/slog.ts";

const VERSION = "0.93.1";

const duration = (fallback: string) => ({
  default: fallback,
  check: (value: string): string | undefined => {
    try {
      parseGoDuration(value === "0" ? "0s" : value);
      return undefined;
    } catch (error) {
      if (error instanceof DurationSyntaxError) return error.message;
      throw error;
    }
  },
});

const FLAGS: KingpinFlags = {
  "config-file": {},
  "config-envsubst-file": {},
  "watch-interval": duration("3m"),
  "delay-interval": duration("1s"),
  "retry-interval": duration("5s"),
  "reload-timeout": duration("30s"),
  "auto-gomemlimit-ratio": { default: "0.0" },
  "watched-dir": { kind: "list" },
  "reload-method": { default: "http" },
  "process-executable-name": { default: "prometheus" },
  "statefulset-ordinal-from-envvar": { default: "POD_NAME" },
  "listen-address": {},
  "web-config-file": { default: "" },
  "log-format": { default: "logfmt" },
  "log-level": { default: "info" },
  "reload-url": { default: "http://127.0.0.1:9090/-/reload" },
  "runtimeinfo-url": { default: "http://127.0.0.1:9090/api/v1/status/runtimeinfo" },
};

const MAIN = "/workspace/cmd/prometheus-config-reloader/main.go";
const TOOLKIT = "/go/pkg/mod/github.com/prometheus/exporter-toolkit@v0.17.1/web/tls_config.go";
/** How often files are compared. Upstream is told by inotify; the wait below is upstream's. */
const POLL_MS = 5000;

interface Snapshot {
  /** A digest of the files when Prometheus was last told; undefined when it never was. */
  applied: string | undefined;
  reloads: number;
  failures: number;
  lastSuccessMs: number;
  lastReloadSucceeded: boolean;
  scrapes: number;
}

/**
 * prometheus-config-reloader: unpacks the configuration, puts in environment variables, and tells
 * Prometheus when it or the rule files have changed. With `--watch-interval=0` it does the first part
 * once and exits.
 * Source: prometheus-operator/prometheus-operator cmd/prometheus-config-reloader/main.go;
 * thanos-io/thanos pkg/reloader/reloader.go.
 */
export const configReloader: Program = {
  name: "prometheus-config-reloader",
  images: ["quay.io/prometheus-operator/prometheus-config-reloader"],
  tags: "v1.2.3",
  baseline: { cpuMillicores: 1, memoryBytes: 17 * 1024 * 1024 },
  start,
};

function start(context: ContainerContext): RunningProgram {
  let flags: Map<string, string[]>;
  try {
    flags = parseKingpin(context.args, FLAGS);
  } catch (error) {
    if (!(error instanceof KingpinError)) throw error;
    context.log(error.message);
    context.exit(2);
    return {};
  }
  return new ConfigReloader(context, flags).run();
}

class ConfigReloader implements RunningProgram {
  readonly #context: ContainerContext;
  readonly #flags: Map<string, string[]>;
  readonly #log: Slog;
  /** The reloader itself is of Thanos, and still logs as go-kit does. */
  readonly #kit: Slog;
  readonly #go: GoMetrics;
  #state: Snapshot = {
    applied: undefined,
    reloads: 0,
    failures: 0,
    lastSuccessMs: 0,
    lastReloadSucceeded: true,
    scrapes: 0,
  };
  #isWaiting = false;
  /** The files' texts last seen; strings that did not change compare at once. */
  #seen = "";

  constructor(context: ContainerContext, flags: Map<string, string[]>) {
    this.#context = context;
    this.#flags = flags;
    const options = {
      level: this.#flag("log-level"),
      format: this.#flag("log-format"),
      time: new LogTime(context),
    };
    this.#log = new Slog(context, "operator", options);
    this.#kit = new Slog(context, "go-kit", options);
    this.#state = (context.resumed as Snapshot | undefined) ?? this.#state;
    this.#go = new GoMetrics({
      seed: `${context.pod.uid}/${context.containerName}`,
      startedAtMs: context.startedAtMs,
      heapBytes: 3 << 20,
      goroutines: 14,
      cpuMillicores: 1,
      runtime: ["gc", "scheduler", "memory"],
    }, this.#state.scrapes);
  }

  run(): RunningProgram {
    const context = this.#context;
    const isFresh = context.resumed === undefined;
    if (isFresh) {
      this.#log.info(
        `${MAIN}:148`,
        "Starting prometheus-config-reloader",
        {
          version: `(version=${VERSION}, branch=, revision=unknown)`,
          build_context: "(go=go1.26.3, platform=linux/amd64, user=, date=, tags=unknown)",
        },
      );
    }
    const isOnce = parseGoDuration(normalized(this.#flag("watch-interval")!)) === 0;
    if (isOnce) {
      const error = this.#apply();
      if (error !== undefined) this.#log.error(`${MAIN}:224`, "Failed to run", { err: error });
      context.exit(error === undefined ? 0 : 1);
      return {};
    }
    this.#listen(isFresh);
    if (isFresh) {
      this.#logWatching();
      this.#check();
    }
    context.every(POLL_MS, () => this.#check(), { originMs: context.startedAtMs });
    return this;
  }

  snapshot(): Snapshot {
    return { ...this.#state, scrapes: this.#go.scrapes };
  }

  stop(): void {
    this.#log.info(`${MAIN}:216`, "Received SIGTERM, exiting gracefully...");
  }

  #flag(name: string): string | undefined {
    return this.#flags.get(name)?.[0];
  }

  #logWatching(): void {
    this.#kit.info("reloader.go:282", "reloading via HTTP");
    this.#kit.info(
      "reloader.go:328",
      "started watching config file and directories for changes",
      {
        cfg: this.#flag("config-file") ?? "",
        cfgDirs: "",
        out: this.#flag("config-envsubst-file") ?? "",
        dirs: (this.#flags.get("watched-dir") ?? []).join(","),
      },
    );
  }

  #listen(isFresh: boolean): void {
    const address = this.#flag("listen-address");
    if (!address) return;
    const colon = address.lastIndexOf(":");
    const loopback = /^(127\.|localhost)/.test(address);
    this.#context.net.listen(Number(address.slice(colon + 1)), ({ path }) => {
      if (path === "/healthz") {
        return {
          status: 200,
          headers: { "content-type": "text/plain; charset=utf-8" },
          body: '{"status":"up"}',
        };
      }
      if (path === "/metrics") {
        return {
          status: 200,
          headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
          body: this.#metrics(),
        };
      }
      return {
        status: 404,
        headers: { "content-type": "text/plain; charset=utf-8" },
        body: "404 page not found\n",
      };
    }, { loopback });
    if (!isFresh) return;
    this.#log.info(`${MAIN}:201`, "Starting web server for metrics", { listen: address });
    this.#log.info(`${TOOLKIT}:372`, "Listening on", { address: `[::]${address}` });
    this.#log.info(`${TOOLKIT}:375`, "TLS is disabled.", {
      http2: false,
      address: `[::]${address}`,
    });
  }

  /** Whether a file changed; if so, Prometheus is told after the delay. */
  #check(): void {
    const files = this.#files();
    if (files === this.#seen && this.#state.applied !== undefined) return;
    this.#seen = files;
    if (this.#isWaiting || this.#state.applied === digest(files)) return;
    this.#isWaiting = true;
    const delayMs = parseGoDuration(normalized(this.#flag("delay-interval")!));
    this.#context.after(delayMs, () => this.#reload());
  }

  #reload(): void {
    const files = this.#files();
    const error = this.#apply() ?? this.#trigger();
    this.#isWaiting = false;
    this.#state.reloads++;
    if (error === undefined) {
      this.#state.applied = digest(files);
      this.#state.lastReloadSucceeded = true;
      this.#state.lastSuccessMs = this.#context.now();
      this.#kit.info("reloader.go:546", "Reload triggered", {
        cfg_in: this.#flag("config-file") ?? "",
        cfg_out: this.#flag("config-envsubst-file") ?? "",
        cfg_dirs: "",
        watched_dirs: (this.#flags.get("watched-dir") ?? []).join(", "),
      });
      return;
    }
    this.#state.failures++;
    this.#state.lastReloadSucceeded = false;
    this.#kit.error("reloader.go:557", "Failed to trigger reload. Retrying.", { err: error });
    this.#isWaiting = true;
    const retryMs = parseGoDuration(normalized(this.#flag("retry-interval")!));
    this.#context.after(retryMs, () => this.#reload());
  }

  #trigger(): string | undefined {
    const url = this.#flag("reload-url")!;
    try {
      const response = this.#context.net.request({ method: "POST", url, insecureSkipVerify: true });
      if (response.status === 200) return undefined;
      return `trigger reload: received non-200 response: ${response.status} ${
        response.status === 500 ? "Internal Server Error" : ""
      }; have you set \`--web.enable-lifecycle\` Prometheus flag?`;
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      return `trigger reload: reload request failed: ${clientError("Post", url, error)}`;
    }
  }

  /** Writes the expanded configuration; gives what went wrong. */
  #apply(): string | undefined {
    const path = this.#flag("config-file");
    const out = this.#flag("config-envsubst-file");
    if (!path || !out) return undefined;
    const packed = this.#context.files.read(path);
    if (packed === undefined) {
      return `apply config: read file: open ${path}: no such file or directory`;
    }
    const text = unpacked(packed);
    if (text === undefined) {
      return `apply config: create gzip reader: gzip: invalid header`;
    }
    this.#context.files.write(out, expandVariables(text, this.#environment()));
    return undefined;
  }

  #environment(): Record<string, string> {
    const from = this.#context.env[this.#flag("statefulset-ordinal-from-envvar") ?? ""] ?? "";
    const ordinal = /\d+$/.exec(from)?.[0];
    return {
      ...this.#context.env,
      ...(ordinal === undefined ? {} : { STATEFULSET_ORDINAL_NUMBER: ordinal }),
    };
  }

  #files(): string {
    const { files } = this.#context;
    const config = this.#flag("config-file");
    let out = config ? files.read(config) ?? "" : "";
    for (const directory of this.#flags.get("watched-dir") ?? []) {
      for (const path of files.list(directory)) {
        if (path !== config) out += `\0${path}\0${files.read(path) ?? ""}`;
      }
    }
    return out;
  }

  #metrics(): string {
    const { reloads, failures, lastReloadSucceeded, lastSuccessMs } = this.#state;
    const family = (name: string, type: string, help: string, value: number) =>
      `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name} ${formatGoFloat(value)}\n`;
    return this.#go.text(this.#context.now()) +
      family(
        "reloader_last_reload_successful",
        "gauge",
        "Whether the last reload attempt was successful",
        lastReloadSucceeded ? 1 : 0,
      ) +
      family(
        "reloader_last_reload_success_timestamp_seconds",
        "gauge",
        "Timestamp of the last successful reload",
        lastSuccessMs / 1000,
      ) +
      family("reloader_reloads_total", "counter", "Total number of reload requests.", reloads) +
      family(
        "reloader_reloads_failed_total",
        "counter",
        "Total number of reload requests that failed.",
        failures,
      ) +
      family(
        "reloader_watches",
        "gauge",
        "Number of resources watched by the reloader.",
        (this.#flags.get("watched-dir") ?? []).length + 1,
      );
  }
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}

function normalized(text: string): string {
  return text === "0" ? "0s" : text;
}

/** The text of a file that may be gzipped; binary files reach us with a character per byte. */
function unpacked(text: string): string | undefined {
  if (!text.startsWith("\x1f\x8b")) return text;
  try {
    const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
    return new TextDecoder().decode(gunzipSync(bytes));
  } catch (error) {
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  }
}

/** Puts in `$(NAME)`; names that are not set stay as they are. */
export function expandVariables(text: string, env: Readonly<Record<string, string>>): string {
  return text.replace(
    /\$\(([a-zA-Z_0-9]+)\)/g,
    (whole, name: string) => Object.hasOwn(env, name) ? env[name] : whole,
  );
}
