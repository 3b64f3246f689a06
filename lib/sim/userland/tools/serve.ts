import { toBytes, toText } from "../../../go/mod.ts";
import { readAll, type Task } from "../channels.ts";
import type { Tool, ToolCall } from "../tool.ts";
import type { HttpHandler, HttpRequest, HttpResponse } from "../../seams.ts";
import { badOption, fail } from "./common.ts";
import { readOptions } from "./options.ts";

/** Source: busybox networking/httpd.c (suffixTable). */
const TYPES: Readonly<Record<string, string>> = {
  css: "text/css",
  gif: "image/gif",
  htm: "text/html",
  html: "text/html",
  jpeg: "image/jpeg",
  jpg: "image/jpeg",
  js: "application/javascript",
  json: "application/json",
  png: "image/png",
  svg: "image/svg+xml",
  txt: "text/plain",
  xml: "application/xml",
};

/**
 * `httpd` of busybox: files of a folder. Source: busybox networking/httpd.c.
 * Differs: no CGI and no configuration file; it stays in the foreground, with -f or without.
 */
export const httpd: Tool = function* (call) {
  const options = readOptions(call.args, "fivp:h:c:u:");
  if (options.unknown) {
    return badOption(call, options.unknown, "[-ifv[v]] [-c CONFFILE] [-p [IP:]PORT] [-h HOME]");
  }
  const home = call.path(options.value("h") ?? ".");
  if (call.machine.files.kind(home) !== "directory") {
    return fail(
      call,
      `can't change directory to '${options.value("h")}': No such file or directory`,
    );
  }
  const port = portIn(options.value("p") ?? "80");
  if (port === undefined) return fail(call, `bad port '${options.value("p")}'`);
  return yield* listen(call, port, () => ({ path }) => fileAt(call, home, path));
};

function portIn(text: string): number | undefined {
  const port = Number(text.slice(text.lastIndexOf(":") + 1));
  return Number.isInteger(port) && port > 0 && port <= 65_535 ? port : undefined;
}

/** Answers on a port until the process ends, or `done` is called. */
function* listen(
  call: ToolCall,
  port: number,
  answer: (done: () => void) => HttpHandler,
): Task<number> {
  let isDone = false;
  let wake = () => {};
  const handler = answer(() => {
    isDone = true;
    wake();
  });
  let cancel: () => void;
  try {
    cancel = call.machine.host.net.listen(port, handler);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return fail(call, "bind: Address already in use");
  }
  while (!isDone) {
    yield (resume: () => void) => {
      wake = resume;
      // Who is killed while it waits hears no more.
      return cancel;
    };
  }
  cancel();
  return 0;
}

function fileAt(call: ToolCall, home: string, path: string): HttpResponse {
  const { files } = call.machine;
  const asked = files.resolve(`.${path}`, home);
  const isInside = asked === home || asked.startsWith(home === "/" ? "/" : `${home}/`);
  const found = isInside && files.kind(asked) === "directory" ? `${asked}/index.html` : asked;
  if (!isInside || files.kind(found) !== "file") return refusal(404, "Not Found");
  const suffix = found.slice(found.lastIndexOf(".") + 1);
  const headers = { "content-type": TYPES[suffix] ?? "application/octet-stream" };
  return { status: 200, headers, body: toText(files.read(found)) };
}

function refusal(status: number, words: string): HttpResponse {
  const body =
    `<HTML><HEAD><TITLE>${status} ${words}</TITLE></HEAD>\n<BODY><H1>${status} ${words}</H1>\n` +
    "The requested URL was not found\n</BODY></HTML>\n";
  return { status, headers: { "content-type": "text/html" }, body };
}

/**
 * `nc -l`: one connection, which is told what comes on standard input, and whose request is printed.
 * The lab's network carries whole HTTP requests, so that what is no HTTP is no answer.
 */
export function* netcatServer(call: ToolCall, port: number): Task<number> {
  const answer = yield* readAll(call.stdin, call.held);
  return yield* listen(call, port, (done) => (request) => {
    call.out(toBytes(requestText(request)));
    done();
    return responseOf(toText(answer));
  });
}

function requestText(
  { method = "GET", path, headers = {}, body = "" }: HttpRequest & { path: string },
) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n${body}`;
}

function responseOf(text: string): HttpResponse {
  const [head, ...rest] = text.split(/\r?\n\r?\n/);
  const [first, ...lines] = head.split(/\r?\n/);
  const status = Number(/^HTTP\/\d\.\d (\d{3})/.exec(first)?.[1] ?? 0);
  // What is no HTTP a client cannot read.
  if (status === 0) return { status: 502, headers: {}, body: "" };
  const headers = Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf(":");
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
    }),
  );
  return { status, headers, body: rest.join("\n\n") };
}
