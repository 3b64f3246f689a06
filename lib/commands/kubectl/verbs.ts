import { editDistance } from "../../base/mod.ts";
import { COMMAND_TEXTS } from "./command_table.ts";
import { CliError } from "./errors.ts";
import { flagsOf, parseFlags } from "./flags.ts";
import { quote } from "../../go/mod.ts";
import { helpOf, overview } from "./help.ts";
import type { Verb } from "./session.ts";
import { apply } from "./verbs/apply.ts";
import { attach } from "./verbs/attach.ts";
import { canI, whoAmI } from "./verbs/auth.ts";
import * as config from "./verbs/config.ts";
import { cp } from "./verbs/cp.ts";
import { create } from "./verbs/create.ts";
import { deleteVerb } from "./verbs/delete.ts";
import { describe } from "./verbs/describe.ts";
import { edit } from "./verbs/edit.ts";
import { events } from "./verbs/events.ts";
import { exec } from "./verbs/exec.ts";
import { autoscale, expose } from "./verbs/expose.ts";
import * as generate from "./verbs/generate.ts";
import { explain } from "./verbs/explain.ts";
import * as access from "./verbs/generate_access.ts";
import * as policies from "./verbs/generate_policies.ts";
import * as secrets from "./verbs/generate_secrets.ts";
import { get } from "./verbs/get.ts";
import { apiResources, apiVersions, clusterInfo, options, version } from "./verbs/info.ts";
import { setLastApplied, viewLastApplied } from "./verbs/last_applied.ts";
import { logs } from "./verbs/logs.ts";
import { annotate, label } from "./verbs/metadata.ts";
import { diff } from "./verbs/diff.ts";
import { drain } from "./verbs/drain.ts";
import { cordon, taint, uncordon } from "./verbs/nodes.ts";
import { patch } from "./verbs/patch.ts";
import { portForward } from "./verbs/port_forward.ts";
import { replace } from "./verbs/replace.ts";
import * as rollout from "./verbs/rollout.ts";
import { run } from "./verbs/run.ts";
import { scale } from "./verbs/scale.ts";
import { setEnv, setImage, setResources } from "./verbs/set.ts";
import { setSelector, setServiceAccount, setSubject } from "./verbs/set_references.ts";
import { topNode, topPod } from "./verbs/top.ts";
import { wait } from "./verbs/wait.ts";

/** Every command that runs, by its path. */
const VERBS: Readonly<Record<string, Verb>> = {
  annotate,
  "api-resources": apiResources,
  "api-versions": apiVersions,
  apply,
  attach,
  "apply set-last-applied": setLastApplied,
  "apply view-last-applied": viewLastApplied,
  "auth can-i": canI,
  "auth whoami": whoAmI,
  autoscale,
  "cluster-info": clusterInfo,
  "config current-context": config.configCurrentContext,
  "config get-clusters": config.configGetClusters,
  "config get-contexts": config.configGetContexts,
  "config get-users": config.configGetUsers,
  "config set-context": config.configSetContext,
  "config use-context": config.configUseContext,
  "config view": config.configView,
  cordon,
  cp,
  create,
  "create clusterrole": access.createClusterRole,
  "create clusterrolebinding": access.createClusterRoleBinding,
  "create configmap": generate.createConfigMap,
  "create cronjob": policies.createCronJob,
  "create deployment": generate.createDeployment,
  "create ingress": policies.createIngress,
  "create job": generate.createJob,
  "create namespace": generate.createNamespace,
  "create poddisruptionbudget": policies.createBudget,
  "create priorityclass": policies.createPriorityClass,
  "create quota": policies.createQuota,
  "create role": access.createRole,
  "create rolebinding": access.createRoleBinding,
  "create secret docker-registry": secrets.createRegistrySecret,
  "create secret tls": secrets.createTlsSecret,
  "create secret generic": generate.createSecret,
  "create service externalname": generate.createExternalName,
  "create service loadbalancer": generate.createLoadBalancer,
  "create token": secrets.createToken,
  "create service clusterip": generate.createClusterIp,
  "create service nodeport": generate.createNodePort,
  "create serviceaccount": generate.createServiceAccount,
  delete: deleteVerb,
  describe,
  diff,
  drain,
  edit,
  events,
  exec,
  explain,
  expose,
  get,
  label,
  logs,
  options,
  patch,
  "port-forward": portForward,
  replace,
  "rollout history": rollout.rolloutHistory,
  "rollout pause": rollout.rolloutPause,
  "rollout restart": rollout.rolloutRestart,
  "rollout resume": rollout.rolloutResume,
  "rollout status": rollout.rolloutStatus,
  "rollout undo": rollout.rolloutUndo,
  run,
  scale,
  "set env": setEnv,
  "set image": setImage,
  "set resources": setResources,
  "set selector": setSelector,
  "set serviceaccount": setServiceAccount,
  "set subject": setSubject,
  taint,
  "top node": topNode,
  "top pod": topPod,
  uncordon,
  version,
  wait,
};

/** Other names of commands, by path. */
const ALIASES: Readonly<Record<string, string>> = {
  "create cj": "create cronjob",
  "create ing": "create ingress",
  "create pdb": "create poddisruptionbudget",
  "create pc": "create priorityclass",
  "create resourcequota": "create quota",
  "create ns": "create namespace",
  "create deploy": "create deployment",
  "create dep": "create deployment",
  "create cm": "create configmap",
  "create svc": "create service",
  "create sa": "create serviceaccount",
  "set sa": "set serviceaccount",
  "rollout rest": "rollout restart",
  "top nodes": "top node",
  "top no": "top node",
  "top pods": "top pod",
  "top po": "top pod",
};

/** Words people try for a command of another name. */
const SUGGEST_FOR: Readonly<Record<string, string[]>> = {
  get: ["list", "ls"],
  delete: ["remove", "rm", "unset"],
  scale: ["resize"],
  logs: ["log"],
  describe: ["info"],
};

/** Commands of stock kubectl that the lab's has not, with what to do instead. */
const ABSENT: Readonly<Record<string, string>> = {
  certificate: "the lab signs no certificates",
  completion: "the lab's shell completes kubectl by itself",
  debug: "the lab runs no debug containers",
  kuberc: "the lab's kubectl reads no kuberc",
  kustomize: "the lab's kubectl does not build kustomizations; name the files with -f",
  plugin: "the lab's kubectl has no plugins",
  proxy: "the lab's API is reached with kubectl get --raw PATH",
};

interface FoundVerb {
  path: string;
  verb: Verb;
  rest: string[];
  /** Printed instead of running the verb. */
  help?: { text: string; exitCode: number };
}

const NOTHING: Verb = { run: () => Promise.resolve() };

/**
 * The command that arguments name, flags among them or not, and the arguments left.
 * Errors: CliError. Source: spf13/cobra command.go (Find), suggestions included.
 */
export function findVerb(args: readonly string[]): FoundVerb {
  let path = "";
  let rest = [...args];
  for (;;) {
    const at = commandAt(rest, path);
    if (at < 0) break;
    const next = path === "" ? rest[at] : `${path} ${rest[at]}`;
    const known = Object.hasOwn(ALIASES, next) ? ALIASES[next] : next;
    if (!Object.hasOwn(COMMAND_TEXTS, known)) break;
    path = known;
    rest = rest.toSpliced(at, 1);
  }
  if (path === "help" || rest[commandAt(rest, path)] === "help" && path === "") {
    const words = rest.filter((word) => word !== "help");
    return { path, verb: NOTHING, rest: [], help: { text: helpFor(words), exitCode: 0 } };
  }
  const wantsHelp = rest.slice(0, dashDash(rest)).some((word) =>
    word === "--help" || word === "-h"
  );
  if (wantsHelp) {
    return { path, verb: NOTHING, rest, help: { text: helpFor(path.split(" ")), exitCode: 0 } };
  }
  if (Object.hasOwn(VERBS, path)) return { path, verb: VERBS[path], rest };
  return { path, verb: NOTHING, rest, help: groupHelp(path, rest) };
}

function dashDash(words: string[]): number {
  const at = words.indexOf("--");
  return at < 0 ? words.length : at;
}

/** Where the next command's name stands: the first word that is neither a flag nor a flag's value. */
function commandAt(words: string[], path: string): number {
  const definitions = flagsOf(path);
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === "--") return -1;
    if (!word.startsWith("-") || word === "-") return i;
    if (word.includes("=")) continue;
    const definition = word.startsWith("--")
      ? definitions.find((each) => each.name === word.slice(2))
      : word.length === 2
      ? definitions.find((each) => each.shorthand === word[1])
      : undefined;
    if (definition && definition.bare === undefined) i++;
  }
  return -1;
}

function helpFor(words: string[]): string {
  let path = "";
  for (const word of words.filter((each) => !each.startsWith("-"))) {
    const next = path === "" ? word : `${path} ${word}`;
    const known = Object.hasOwn(ALIASES, next) ? ALIASES[next] : next;
    if (!Object.hasOwn(COMMAND_TEXTS, known)) break;
    path = known;
  }
  return path === "" ? overview() : helpOf(path, Object.hasOwn(VERBS, path));
}

/** What a command that only holds others prints: its help, or that there is no such command. */
function groupHelp(path: string, rest: string[]): { text: string; exitCode: number } {
  const at = commandAt(rest, path);
  if (path === "") {
    if (at >= 0) throw unknownCommand(rest[at]);
    parseFlags("", flagsOf(""), rest);
    return { text: overview(), exitCode: 0 };
  }
  if (at >= 0) {
    const words = rest.filter((word) => !word.startsWith("-")).join(" ");
    throw new CliError(
      `error: unknown command ${quote(words)}\nSee 'kubectl ${path} -h' for help and examples`,
    );
  }
  return { text: helpOf(path, false), exitCode: 1 };
}

function unknownCommand(word: string): CliError {
  if (Object.hasOwn(ABSENT, word)) return new CliError(`error: ${ABSENT[word]}`);
  const names = Object.keys(COMMAND_TEXTS).filter((name) => !name.includes(" ")).toSorted();
  const near = names.filter((name) =>
    editDistance(word.toLowerCase(), name) <= 2 || name.startsWith(word.toLowerCase()) ||
    SUGGEST_FOR[name]?.includes(word.toLowerCase())
  );
  const hint = near.length === 0
    ? ""
    : `\n\nDid you mean this?\n${near.map((name) => `\t${name}\n`).join("")}`;
  return new CliError(`error: unknown command ${quote(word)} for "kubectl"${hint}`);
}
