import type { Flavor, Image, Tool } from "./image.ts";
import { sh } from "./sh.ts";
import { fileTools } from "./tools/files.ts";
import { grep } from "./tools/grep.ts";
import { netTools } from "./tools/net.ts";
import { sed } from "./tools/sed.ts";
import { systemTools } from "./tools/system.ts";
import { tar } from "./tools/tar.ts";
import { textTools } from "./tools/text.ts";

const ALL: Readonly<Record<string, Tool>> = {
  ...textTools,
  ...fileTools,
  ...systemTools,
  ...netTools,
  ash: sh,
  bash: sh,
  dash: sh,
  egrep: grep,
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
const USR_BIN = new Set([
  "[",
  "basename",
  "clear",
  "cut",
  "dirname",
  "env",
  "find",
  "head",
  "id",
  "md5sum",
  "nc",
  "nl",
  "nproc",
  "nslookup",
  "printf",
  "realpath",
  "seq",
  "sha256sum",
  "sort",
  "tac",
  "tail",
  "tee",
  "test",
  "time",
  "timeout",
  "tr",
  "tty",
  "uniq",
  "wc",
  "wget",
  "which",
  "whoami",
  "xargs",
  "yes",
  "curl",
]);
/** What Debian's slim images come without. */
const NOT_IN_DEBIAN = new Set([
  "ash",
  "clear",
  "nc",
  "nslookup",
  "ps",
  "kill",
  "time",
  "wget",
  "curl",
]);

const ROOT = { uid: 0, name: "root" };
const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

function at(folder: (name: string) => string, names: readonly string[]): Map<string, Tool> {
  return new Map(names.map((name) => [`${folder(name)}/${name}`, ALL[name]]));
}

const PASSWD = "root:x:0:0:root:/root:/bin/sh\n";

interface Base {
  flavor: Flavor;
  version: string;
  tools: ReadonlyMap<string, Tool>;
  files: Record<string, string>;
  home: string;
}

function image(base: Base, options: Partial<Image> = {}): Image {
  return {
    flavor: base.flavor,
    version: base.version,
    tools: base.tools,
    files: { "/etc/passwd": PASSWD, ...base.files },
    env: { PATH: DEFAULT_PATH, HOME: base.home },
    user: ROOT,
    workingDir: "/",
    entrypoint: [],
    cmd: ["/bin/sh"],
    ...options,
  };
}

/** The tag of an image reference: `1.28` of `busybox:1.28`. */
export function tagOf(reference: string): string {
  return /:([^/:@]+)(?:@.*)?$/.exec(reference)?.[1] ?? "latest";
}

const BUSYBOX_TOOLS = at(() => "/bin", BUSYBOX);
const NEWEST_BUSYBOX = "1.37.0";

/** `busybox`. */
export function busyboxImage(reference: string): Image {
  const version = /^\d+\.\d+(\.\d+)?/.exec(tagOf(reference))?.[0] ?? NEWEST_BUSYBOX;
  return image({ flavor: "busybox", version, tools: BUSYBOX_TOOLS, files: {}, home: "/root" }, {
    cmd: ["sh"],
  });
}

const ALPINE_TOOLS = at((name) => USR_BIN.has(name) ? "/usr/bin" : "/bin", BUSYBOX);
const ALPINE_CURL_TOOLS = at((name) => USR_BIN.has(name) ? "/usr/bin" : "/bin", [
  ...BUSYBOX,
  "curl",
]);
const NEWEST_ALPINE = "3.22.2";

function alpineBase(version: string, withCurl: boolean): Base {
  const short = version.split(".").slice(0, 2).join(".");
  return {
    flavor: "busybox",
    version: NEWEST_BUSYBOX,
    tools: withCurl ? ALPINE_CURL_TOOLS : ALPINE_TOOLS,
    home: "/root",
    files: {
      "/etc/alpine-release": `${version}\n`,
      "/etc/os-release":
        `NAME="Alpine Linux"\nID=alpine\nVERSION_ID=${version}\nPRETTY_NAME="Alpine Linux v${short}"\n` +
        'HOME_URL="https://alpinelinux.org/"\nBUG_REPORT_URL="https://gitlab.alpinelinux.org/alpine/aports/-/issues"\n',
    },
  };
}

/** `alpine`; with `curl` for images built on it that have it. */
export function alpineImage(
  reference: string,
  options: Partial<Image> & { curl?: boolean } = {},
): Image {
  const { curl = false, files = {}, ...rest } = options;
  const tag = tagOf(reference);
  const version = /^\d+\.\d+\.\d+$/.test(tag)
    ? tag
    : /^\d+\.\d+$/.test(tag)
    ? `${tag}.0`
    : NEWEST_ALPINE;
  const base = alpineBase(version, curl);
  return image({ ...base, files: { ...base.files, ...files } }, rest);
}

/** Source: curl/curl-container etc/entrypoint.sh. */
const CURL_ENTRYPOINT = `#!/bin/sh
set -e
if [ "\${1#-}" != "\${1}" ] || [ -z "$(command -v "\${1}")" ]; then
  set -- curl "$@"
fi
exec "$@"
`;

/** `curlimages/curl`. */
export function curlImage(_reference: string): Image {
  const base = alpineBase(NEWEST_ALPINE, true);
  return image({ ...base, files: { ...base.files, "/entrypoint.sh": CURL_ENTRYPOINT } }, {
    user: { uid: 100, name: "curl_user" },
    workingDir: "/home/curl_user",
    env: { PATH: DEFAULT_PATH, HOME: "/home/curl_user" },
    entrypoint: ["/entrypoint.sh"],
    cmd: ["curl"],
  });
}

const DEBIAN = Object.keys(ALL).filter((name) => !NOT_IN_DEBIAN.has(name));
const DEBIAN_TOOLS = at(() => "/usr/bin", DEBIAN);
const DEBIAN_CURL_TOOLS = at(() => "/usr/bin", [...DEBIAN, "curl"]);
for (const tools of [DEBIAN_TOOLS, DEBIAN_CURL_TOOLS]) {
  for (const name of ["sh", "bash", "ls", "cat", "echo", "sleep", "true", "false"]) {
    tools.set(`/bin/${name}`, ALL[name]);
  }
}

/** Images on Debian slim; with `curl` for those that have it. */
export function debianImage(options: Partial<Image> & { curl?: boolean } = {}): Image {
  const { curl = false, files = {}, ...rest } = options;
  return image({
    flavor: "gnu",
    version: "13",
    tools: curl ? DEBIAN_CURL_TOOLS : DEBIAN_TOOLS,
    home: "/root",
    files: {
      "/etc/debian_version": "13.2\n",
      "/etc/os-release":
        'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nNAME="Debian GNU/Linux"\nVERSION_ID="13"\n' +
        'VERSION="13 (trixie)"\nVERSION_CODENAME=trixie\nID=debian\nHOME_URL="https://www.debian.org/"\n',
      ...files,
    },
  }, { cmd: ["bash"], ...rest });
}
