import type { ClientName, Userland } from "../seams.ts";
import type { Flavor, Image } from "./image.ts";
import { sh } from "./sh.ts";
import type { Tool } from "./tool.ts";
import { expr } from "./tools/expr.ts";
import { fileTools } from "./tools/files.ts";
import { grep } from "./tools/grep.ts";
import { netTools } from "./tools/net.ts";
import { rabbitmqadmin, rabbitmqctl } from "./tools/rabbitmq.ts";
import { redisCli } from "./tools/redis_cli.ts";
import { processTools } from "./tools/processes.ts";
import { sed } from "./tools/sed.ts";
import { systemTools } from "./tools/system.ts";
import { tar } from "./tools/tar.ts";
import { textTools } from "./tools/text.ts";
import { timeTools } from "./tools/time.ts";

const ALL: Readonly<Record<string, Tool>> = {
  ...textTools,
  ...fileTools,
  ...systemTools,
  ...timeTools,
  ...processTools,
  ...netTools,
  ash: sh,
  bash: sh,
  dash: sh,
  egrep: grep,
  expr,
  fgrep: grep,
  grep,
  sed,
  sh,
  tar,
};

/** Names that only some images have. */
const BASH = ["bash", "dash"];
const BUSYBOX = Object.keys(ALL).filter((name) => !["curl", ...BASH].includes(name));
/** Where alpine keeps what is not in /bin. */
const USR_BIN = new Set(
  ("[ basename clear cut dirname env find head id md5sum nc nl nproc nslookup printf realpath " +
    "seq sha256sum sort tac tail tee test time timeout tr tty uniq wc wget which whoami xargs " +
    "yes curl").split(" "),
);
/** What Debian's slim images come without. */
const NOT_IN_DEBIAN = new Set("ash clear httpd nc nslookup ps kill time wget curl".split(" "));

const PASSWD = "root:x:0:0:root:/root:/bin/sh\n";
const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** A distribution that images are built on. */
interface Base {
  flavor: Flavor;
  version: string;
  tools: ReadonlyMap<string, Tool>;
  files?: Record<string, string>;
  cmd: readonly string[];
}

/** The image that has a userland, beside `program` where it has one. */
export function imageOf(userland: Userland, program?: { path: string }): Image<Tool> {
  const { files, cmd, ...base } = BASES[userland.base](userland);
  return {
    ...base,
    files: { "/etc/passwd": PASSWD, ...files, ...userland.files },
    env: { PATH: DEFAULT_PATH, HOME: "/root", ...userland.env },
    user: userland.user ?? { uid: 0, name: "root" },
    workingDir: userland.workingDir ?? "/",
    entrypoint: userland.entrypoint ?? (program ? [program.path] : []),
    cmd: userland.cmd ?? (program ? [] : cmd),
  };
}

const BASES: Record<Userland["base"], (userland: Userland) => Base> = { alpine, busybox, debian };

function toolsAt(folder: (name: string) => string, names: readonly string[]): Tools {
  const at = (name: string): [string, Tool] => [`${folder(name)}/${name}`, ALL[name]];
  return { bare: new Map(names.map(at)), curl: new Map([...names, "curl"].map(at)) };
}

/** A base's tools, and the same with curl. */
type Tools = Readonly<Record<"bare" | "curl", Map<string, Tool>>>;

/** Clients of servers, which images of the server have. */
const CLIENTS: Readonly<Record<ClientName, Tool>> = {
  rabbitmqadmin,
  rabbitmqctl,
  "redis-cli": redisCli,
};

function toolsOf(tools: Tools, { curl = false, clients = [] }: Userland): Map<string, Tool> {
  const own = tools[curl ? "curl" : "bare"];
  if (clients.length === 0) return own;
  return new Map([
    ...own,
    ...clients.map((name): [string, Tool] => [`/usr/local/bin/${name}`, CLIENTS[name]]),
  ]);
}

const BUSYBOX_TOOLS = toolsAt(() => "/bin", BUSYBOX);
const NEWEST_BUSYBOX = "1.37.0";

function busybox(userland: Userland): Base {
  const version = /^\d+\.\d+(\.\d+)?/.exec(userland.version ?? "")?.[0] ?? NEWEST_BUSYBOX;
  return { flavor: "busybox", version, tools: toolsOf(BUSYBOX_TOOLS, userland), cmd: ["sh"] };
}

const ALPINE_TOOLS = toolsAt((name) => USR_BIN.has(name) ? "/usr/bin" : "/bin", BUSYBOX);
const NEWEST_ALPINE = "3.22.2";

function alpine(userland: Userland): Base {
  const [, short, patch] = /^(\d+\.\d+)(\.\d+)?$/.exec(userland.version ?? "") ?? [];
  const version = short === undefined ? NEWEST_ALPINE : short + (patch ?? ".0");
  const branch = version.split(".").slice(0, 2).join(".");
  return {
    flavor: "busybox",
    version: NEWEST_BUSYBOX,
    tools: toolsOf(ALPINE_TOOLS, userland),
    cmd: ["/bin/sh"],
    files: {
      "/etc/alpine-release": `${version}\n`,
      "/etc/os-release":
        `NAME="Alpine Linux"\nID=alpine\nVERSION_ID=${version}\nPRETTY_NAME="Alpine Linux v${branch}"\n` +
        'HOME_URL="https://alpinelinux.org/"\nBUG_REPORT_URL="https://gitlab.alpinelinux.org/alpine/aports/-/issues"\n',
    },
  };
}

const DEBIAN = Object.keys(ALL).filter((name) => !NOT_IN_DEBIAN.has(name));
const DEBIAN_TOOLS = toolsAt(() => "/usr/bin", DEBIAN);
for (const tools of [DEBIAN_TOOLS.bare, DEBIAN_TOOLS.curl]) {
  for (const name of ["sh", "bash", "ls", "cat", "echo", "sleep", "true", "false"]) {
    tools.set(`/bin/${name}`, ALL[name]);
  }
}

/** Debian slim. */
function debian(userland: Userland): Base {
  return {
    flavor: "gnu",
    version: "13",
    tools: toolsOf(DEBIAN_TOOLS, userland),
    cmd: ["bash"],
    files: {
      "/etc/debian_version": "13.2\n",
      "/etc/os-release":
        'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nNAME="Debian GNU/Linux"\nVERSION_ID="13"\n' +
        'VERSION="13 (trixie)"\nVERSION_CODENAME=trixie\nID=debian\nHOME_URL="https://www.debian.org/"\n',
    },
  };
}
