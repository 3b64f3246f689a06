import { inSingleQuotes } from "../../../base/mod.ts";
import { findTool, type Tool } from "../tool.ts";
import { createHash } from "node:crypto";
import { readSome } from "../channels.ts";
import { badOption, fail, isGnu, looked, openInput } from "./common.ts";
import { readOptions } from "./options.ts";
import { test } from "./test.ts";

const env: Tool = function* (call) {
  const options = readOptions(call.args, "iu:", { stopAtFirst: true });
  if (options.unknown) {
    return badOption(call, options.unknown, "[-i0] [-u NAME]... [-] [NAME=VALUE]... [PROG ARGS]");
  }
  const rest = [...options.rest];
  const given: Record<string, string> = options.has("i") ? {} : { ...call.env };
  for (const name of options.values("u")) delete given[name];
  while (rest.length > 0 && /^[A-Za-z_]\w*=/.test(rest[0])) {
    const [name, value] = [
      rest[0].slice(0, rest[0].indexOf("=")),
      rest[0].slice(rest[0].indexOf("=") + 1),
    ];
    given[name] = value;
    rest.shift();
  }
  if (rest.length > 0) {
    const words = Object.entries(given).map(([name, value]) =>
      `export ${name}=${inSingleQuotes(value)}`
    );
    return yield* call.run(["sh", "-c", `${words.join(";")}\n"$@"`, "env", ...rest]);
  }
  for (const [name, value] of Object.entries(given)) call.out(`${name}=${value}\n`);
  return 0;
};

const printenv: Tool = (call) => {
  if (call.args.length === 0) {
    for (const [name, value] of Object.entries(call.env)) call.out(`${name}=${value}\n`);
    return 0;
  }
  let status = 0;
  for (const name of call.args) {
    if (Object.hasOwn(call.env, name)) call.out(`${call.env[name]}\n`);
    else status = 1;
  }
  return status;
};

const hostname: Tool = (call) => {
  const { pod } = call.machine.host;
  call.out(
    `${
      call.args.includes("-i") || call.args.includes("-I") ? pod.ip : call.env.HOSTNAME ?? pod.name
    }\n`,
  );
  return 0;
};

const id: Tool = (call) => {
  const { uid, name } = call.machine.image.user;
  if (call.args.includes("-u")) call.out(`${call.args.includes("-n") ? name : uid}\n`);
  else if (call.args.includes("-un")) call.out(`${name}\n`);
  else if (call.args.includes("-g")) call.out(`${uid}\n`);
  else {
    const groups = uid === 0 ? (isGnu(call) ? "0(root)" : "0(root),10(wheel)") : `${uid}(${name})`;
    call.out(`uid=${uid}(${name}) gid=${uid}(${uid === 0 ? "root" : name}) groups=${groups}\n`);
  }
  return 0;
};

const whoami: Tool = (call) => {
  call.out(`${call.machine.image.user.name}\n`);
  return 0;
};

const uname: Tool = (call) => {
  const { nodeName } = call.machine.host.pod;
  const name = call.env.HOSTNAME ?? nodeName;
  if (call.args.includes("-a")) {
    call.out(
      `Linux ${name} 6.8.0-47-generic #47-Ubuntu SMP PREEMPT_DYNAMIC Fri Sep 27 21:40:26 UTC 2024 ` +
        "x86_64 GNU/Linux\n",
    );
  } else if (call.args.includes("-r")) call.out("6.8.0-47-generic\n");
  else if (call.args.includes("-m")) call.out("x86_64\n");
  else if (call.args.includes("-n")) call.out(`${name}\n`);
  else call.out("Linux\n");
  return 0;
};

const which: Tool = (call) => {
  let status = 0;
  for (const name of call.args.filter((arg) => !arg.startsWith("-"))) {
    const found = findTool(call.machine, name, { path: call.env.PATH ?? "", cwd: call.cwd });
    if (found) call.out(`${found}\n`);
    else status = 1;
  }
  return status;
};

const testTool: Tool = (call) => {
  const args = call.name === "[" ? call.args.slice(0, -1) : call.args;
  const result = test(args, {
    files: call.machine.files,
    path: (path) => call.path(path),
    isTty: (fd) => (fd === 0 ? call.stdin : call.stdout).isTty === true,
    patterns: false,
    work: call.machine.work,
  });
  if (typeof result === "boolean") return result ? 0 : 1;
  return fail(call, result.problem, 2);
};

const tty: Tool = (call) => {
  call.out(call.stdin.isTty ? "/dev/pts/0\n" : "not a tty\n");
  return call.stdin.isTty ? 0 : 1;
};

function digest(algorithm: string): Tool {
  return function* (call) {
    let status = 0;
    for (const path of call.args.length > 0 ? call.args : ["-"]) {
      const input = openInput(call, path);
      if (!input) {
        status = 1;
        continue;
      }
      const hash = createHash(algorithm);
      for (let some = yield* readSome(input); some !== undefined; some = yield* readSome(input)) {
        looked(call, some.length / 4);
        hash.update(some, "latin1");
      }
      call.out(`${hash.digest("hex")}  ${path}\n`);
    }
    return status;
  };
}

/** Tools about the machine, its user and the environment. */
export const systemTools: Readonly<Record<string, Tool>> = {
  "[": testTool,
  clear: (call) => {
    call.out("\x1b[H\x1b[J");
    return 0;
  },
  env,
  false: () => 1,
  hostname,
  id,
  md5sum: digest("md5"),
  nproc: (call) => {
    call.out("2\n");
    return 0;
  },
  printenv,
  pwd: (call) => {
    call.out(`${call.cwd}\n`);
    return 0;
  },
  sha256sum: digest("sha256"),
  test: testTool,
  true: () => 0,
  tty,
  uname,
  which,
  whoami,
};
