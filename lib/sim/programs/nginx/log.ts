import { commonLogTime, goLogTime } from "../../../go/mod.ts";
import type { ContainerContext } from "../../seams.ts";

/** A request as nginx sees it; header names in lower case. */
export interface Call {
  method: string;
  path: string;
  /** With its question mark, or empty. */
  query: string;
  headers: Readonly<Record<string, string>>;
  remoteAddress: string;
  body?: string;
}

/** What is known once a request has been answered. */
export interface Outcome {
  status: number;
  bytes: number;
  nowMs: number;
}

/** One line of an access log, in which a variable that is empty is `-`. */
export function formatLog(format: string, call: Call, outcome: Outcome): string {
  return fill(format, (name) => variable(name, call, outcome) || "-");
}

/** A text with nginx's variables filled in. */
export function interpolate(text: string, call: Call, outcome: Outcome): string {
  return fill(text, (name) => variable(name, call, outcome) ?? "");
}

function fill(text: string, value: (name: string) => string): string {
  return text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced, bare) => value(braced ?? bare));
}

/** Source: nginx/nginx src/http/ngx_http_variables.c. */
function variable(name: string, call: Call, { status, bytes, nowMs }: Outcome): string | undefined {
  if (name.startsWith("http_")) return call.headers[name.slice(5).replaceAll("_", "-")];
  switch (name) {
    case "remote_addr":
      return call.remoteAddress;
    case "time_local":
      return commonLogTime(nowMs);
    case "time_iso8601":
      return `${new Date(nowMs).toISOString().slice(0, 19)}+00:00`;
    case "request":
      return `${call.method} ${call.path}${call.query} HTTP/1.1`;
    case "request_method":
      return call.method;
    case "request_uri":
      return call.path + call.query;
    case "uri":
    case "document_uri":
      return call.path;
    case "args":
    case "query_string":
      return call.query.slice(1);
    case "status":
      return String(status);
    case "body_bytes_sent":
    case "bytes_sent":
      return String(bytes);
    case "host":
      return (call.headers.host ?? "").replace(/:\d+$/, "");
    case "scheme":
      return "http";
    case "server_protocol":
      return "HTTP/1.1";
    case "request_time":
      return "0.000";
    case "proxy_add_x_forwarded_for": {
      const before = call.headers["x-forwarded-for"];
      return before ? `${before}, ${call.remoteAddress}` : call.remoteAddress;
    }
    case "msec":
      return (nowMs / 1000).toFixed(3);
    default:
      return undefined;
  }
}

const MASTER_PID = 1;
export const WORKER_PID = 29;

/** What nginx says of itself. */
export class ErrorLog {
  constructor(private readonly context: Pick<ContainerContext, "log" | "now">) {}

  notice(text: string, pid = MASTER_PID): void {
    this.#say("notice", pid, text);
  }

  error(text: string): void {
    this.#say("error", WORKER_PID, text);
  }

  /** Before the error log is open, nginx also says it on its own standard error. */
  emerg(text: string): void {
    this.#say("emerg", MASTER_PID, text);
    this.context.log(`nginx: [emerg] ${text}`);
  }

  #say(level: string, pid: number, text: string): void {
    this.context.log(`${goLogTime(this.context.now())} [${level}] ${pid}#${pid}: ${text}`);
  }
}

/** Source: nginx/nginx src/os/unix/ngx_process.c (ngx_process_get_status). */
export function workerCrashed(nowMs: number): string {
  return `${
    goLogTime(nowMs)
  } [alert] 1#1: worker process ${WORKER_PID} exited on signal 11 (core dumped)`;
}

/** The image links its log files to standard output and error. */
export function isStandardOut(path: string): boolean {
  return ["/dev/stdout", "/dev/stderr", "stderr"].includes(path) ||
    path === "/var/log/nginx/access.log" || path === "/var/log/nginx/error.log";
}
