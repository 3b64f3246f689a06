import { FlagError, type FlagType, parseCommandLine, parseGoBool } from "../../go/mod.ts";
import { HelmError } from "./_errors.ts";

/** A flag's type, and what it means without a value. */
export interface FlagSpec {
  type: FlagType;
  bare?: string;
}

export type FlagSpecs = Readonly<Record<string, FlagSpec>>;

const text: FlagSpec = { type: "string" };
const list: FlagSpec = { type: "array" };
const bool: FlagSpec = { type: "bool" };

/** How to wait: alone, by watching. */
const WAIT: FlagSpec = { type: "string", bare: "watcher" };

/** Flags of every command. Source: helm/helm pkg/cli/environment.go. */
const GLOBAL_FLAGS: FlagSpecs = {
  namespace: text,
  "kube-context": text,
  kubeconfig: text,
  "kube-apiserver": text,
  "kube-as-user": text,
  "kube-token": text,
  "kube-ca-file": text,
  "kube-tls-server-name": text,
  "kube-insecure-skip-tls-verify": bool,
  "registry-config": text,
  "repository-config": text,
  "repository-cache": text,
  "burst-limit": text,
  qps: text,
  debug: bool,
  help: bool,
};

const VALUE_FLAGS: FlagSpecs = {
  values: list,
  set: list,
  "set-string": list,
  "set-json": list,
  "set-literal": list,
  "set-file": list,
};

const CHART_FLAGS: FlagSpecs = { version: text, repo: text, devel: bool, verify: bool };

const OUTPUT_FLAG: FlagSpecs = { output: text };

/** Flags of install, and of upgrade with --install. */
const INSTALL_FLAGS: FlagSpecs = {
  ...VALUE_FLAGS,
  ...CHART_FLAGS,
  ...OUTPUT_FLAG,
  "create-namespace": bool,
  "dry-run": { type: "string", bare: "client" },
  "hide-secret": bool,
  force: bool,
  "no-hooks": bool,
  timeout: text,
  wait: WAIT,
  "wait-for-jobs": bool,
  "rollback-on-failure": bool,
  atomic: bool,
  "server-side": text,
  "force-conflicts": bool,
  "force-replace": bool,
  "skip-crds": bool,
  description: text,
  "dependency-update": bool,
  "disable-openapi-validation": bool,
  "skip-schema-validation": bool,
  "render-subchart-notes": bool,
  "hide-notes": bool,
  "take-ownership": bool,
  "history-max": text,
};

export const FLAGS: Readonly<Record<string, FlagSpecs>> = {
  install: { ...INSTALL_FLAGS, "generate-name": bool, replace: bool },
  template: {
    ...INSTALL_FLAGS,
    "include-crds": bool,
    "show-only": list,
    "kube-version": text,
    "api-versions": list,
    "is-upgrade": bool,
    validate: bool,
    "skip-tests": bool,
  },
  upgrade: {
    ...INSTALL_FLAGS,
    install: bool,
    "reuse-values": bool,
    "reset-values": bool,
    "reset-then-reuse-values": bool,
    "cleanup-on-fail": bool,
  },
  uninstall: {
    "dry-run": bool,
    "no-hooks": bool,
    "ignore-not-found": bool,
    "keep-history": bool,
    wait: WAIT,
    cascade: text,
    timeout: text,
    description: text,
  },
  rollback: {
    "dry-run": bool,
    force: bool,
    "no-hooks": bool,
    timeout: text,
    wait: WAIT,
    "wait-for-jobs": bool,
    "server-side": text,
    "force-conflicts": bool,
    "force-replace": bool,
    "cleanup-on-fail": bool,
    "history-max": text,
  },
  list: {
    ...OUTPUT_FLAG,
    "all-namespaces": bool,
    short: bool,
    deployed: bool,
    failed: bool,
    pending: bool,
    superseded: bool,
    uninstalled: bool,
    uninstalling: bool,
    filter: text,
    date: bool,
    reverse: bool,
    max: text,
    offset: text,
    selector: text,
    "no-headers": bool,
    "time-format": text,
  },
  status: { ...OUTPUT_FLAG, revision: text },
  history: { ...OUTPUT_FLAG, max: text },
  "get values": { ...OUTPUT_FLAG, revision: text, all: bool },
  "get manifest": { revision: text },
  "get notes": { revision: text },
  "get hooks": { revision: text },
  "get metadata": { ...OUTPUT_FLAG, revision: text },
  "get all": { revision: text, template: text },
  "show values": { ...CHART_FLAGS, jsonpath: text },
  "show chart": CHART_FLAGS,
  "show readme": CHART_FLAGS,
  "show crds": CHART_FLAGS,
  "show all": CHART_FLAGS,
  "repo add": {
    "force-update": bool,
    "no-update": bool,
    username: text,
    password: text,
    "pass-credentials": bool,
    "insecure-skip-tls-verify": bool,
    "allow-deprecated-repos": bool,
    timeout: text,
  },
  "repo update": { "fail-on-repo-update-fail": bool, timeout: text },
  "repo list": OUTPUT_FLAG,
  "repo remove": {},
  "search repo": {
    ...OUTPUT_FLAG,
    versions: bool,
    version: text,
    devel: bool,
    regexp: bool,
    "max-col-width": text,
    "fail-on-no-result": bool,
  },
  version: { short: bool, template: text },
  env: {},
};

const SHORT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "": { n: "namespace", h: "help" },
  install: { f: "values", o: "output", g: "generate-name" },
  template: { f: "values", s: "show-only", a: "api-versions", g: "generate-name" },
  upgrade: { f: "values", o: "output", i: "install" },
  list: {
    o: "output",
    A: "all-namespaces",
    q: "short",
    f: "filter",
    d: "date",
    r: "reverse",
    m: "max",
    l: "selector",
  },
  status: { o: "output" },
  history: { o: "output" },
  "get values": { o: "output", a: "all" },
  "get metadata": { o: "output" },
  "repo list": { o: "output" },
  "search repo": { o: "output", l: "versions", r: "regexp" },
};

/** What was typed behind a command. */
export interface Parsed {
  args: string[];
  has(name: string): boolean;
  text(name: string): string | undefined;
  list(name: string): string[];
}

/** The flags and arguments of a command, in any order. Errors: HelmError in pflag's words. */
export function parseFlags(command: string, words: readonly string[]): Parsed {
  const specs: FlagSpecs = { ...GLOBAL_FLAGS, ...FLAGS[command] };
  const letters = Object.entries({ ...SHORT[""], ...SHORT[command] });
  const flags = Object.entries(specs).map(([name, spec]) => {
    const shorthand = letters.find(([, meant]) => meant === name)?.[0];
    return { ...spec, name, ...(shorthand ? { shorthand } : {}) };
  });
  try {
    const { args, given } = parseCommandLine(words, flags);
    return {
      args,
      has: (name) => given.has(name) && parseGoBool(given.get(name)!.at(-1)!) !== false,
      text: (name) => given.get(name)?.at(-1),
      list: (name) => given.get(name) ?? [],
    };
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    throw new HelmError(error.message);
  }
}
