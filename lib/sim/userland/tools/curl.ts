import { curl as run, type CurlHost } from "../../../curl/mod.ts";
import { toText } from "../../../go/mod.ts";
import { CHECKPOINT, readAll, type Task, type Wait } from "../channels.ts";
import { FileFault } from "../files.ts";
import type { Tool, ToolCall } from "../tool.ts";
import { addressOf, exchange } from "./http.ts";

/** `curl` in a container: on its files, the virtual network and clock. */
export const curl: Tool = (call) => run(call.args, hostOf(call));

function hostOf(call: ToolCall): CurlHost<Wait | Task<unknown>> {
  return {
    build: "(x86_64-pc-linux-musl) libcurl/8.17.0 OpenSSL/3.5.4 zlib/1.3.1",
    meter: { stdout: call.stdout.isTty !== true, file: true },
    ownIp: call.machine.host.pod.ip,
    out: (text) => call.out(text),
    err: (text) => call.err(text),
    addressOf: (host) => addressOf(call, host),
    send: ({ body, ...request }, limits) =>
      exchange(call, { ...request, ...(body === undefined ? {} : { body: toText(body) }) }, limits),
    *read(path) {
      if (path === "-") return yield* readAll(call.stdin, call.held);
      return ifFile(() => call.machine.files.read(call.path(path)));
    },
    *write(path, text) {
      yield CHECKPOINT;
      return ifFile(() => {
        call.machine.files.write(call.path(path), text);
        return true;
      }) ?? false;
    },
    *sleep(ms) {
      yield call.machine.sleep(ms);
    },
  };
}

function ifFile<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof FileFault)) throw error;
    return undefined;
  }
}
