import { createTwoFilesPatch } from "diff";
import {
  ApiError,
  apiVersionOf,
  type KubeObject,
  type Secret,
  threeWayPatch,
} from "../../../kube/mod.ts";
import { CliError, failure } from "../errors.ts";
import { endingOf } from "../failures.ts";
import { goJson, quote, toYaml } from "../../../go/mod.ts";
import { withoutManagedFields } from "../output.ts";
import { findResources, type Info } from "../resources.ts";
import type { Session, Verb } from "../session.ts";
import { LAST_APPLIED, lastApplied, LastAppliedError } from "../last_applied.ts";
import { requireFiles } from "./apply.ts";

/**
 * `kubectl diff`. Exits with 1 where there is a difference.
 * Source: kubernetes/kubectl pkg/cmd/diff/diff.go; the text is that of `diff -u -N`.
 * Differs: always compares by itself; KUBECTL_EXTERNAL_DIFF is not looked at.
 */
export const diff: Verb = {
  async run(session) {
    const { flags } = session;
    try {
      requireFiles(session);
      const found = await findResources(session, {
        labelSelector: flags.string("selector"),
        stopOnError: true,
      });
      if (found.errors.length > 0) throw found.errors[0];
      const pairs: Pair[] = [];
      for (const info of found.infos) pairs.push(await pairOf(session, info));
      const different = pairs.filter(({ live, merged }) => live !== merged)
        .toSorted((a, b) => a.name < b.name ? -1 : 1);
      for (const pair of different) session.out(patchText(session, pair));
      if (different.length > 0) throw new CliError("", 1);
    } catch (error) {
      throw failed(error);
    }
  },
};

/** Failures are told from differences by the exit code. */
function failed(error: unknown): unknown {
  if (error instanceof CliError && error.message === "") return error;
  const { exitCode } = endingOf(error);
  const message = endingOf(error).message.replace(/^(?=unable to )/, "error: ");
  return new CliError(message, Math.max(exitCode, 2));
}

interface Pair {
  /** The name of the file upstream would write. */
  name: string;
  live: string;
  merged: string;
}

async function pairOf(session: Session, info: Info): Promise<Pair> {
  const { flags } = session;
  let live: KubeObject | undefined;
  try {
    live = await session.client.get(info.mapping, info);
  } catch (error) {
    if (!(error instanceof ApiError && error.reason === "NotFound")) throw error;
  }
  const merged = await mergedOf(session, info, live);
  const { group, version, kind } = info.mapping;
  const name = `${
    group === "" ? "" : `${group}.`
  }${version}.${kind}.${info.namespace}.${info.name}`;
  const secret = kind === "Secret" && apiVersionOf(info.mapping) === "v1" &&
    !flags.bool("show-secrets");
  const [before, after] = secret ? masked(live, merged) : [live, merged];
  const text = (object: KubeObject | undefined) =>
    object ? toYaml(flags.bool("show-managed-fields") ? object : withoutManagedFields(object)) : "";
  return { name, live: text(before), merged: text(after) };
}

/** What the object would be, had it been applied. */
async function mergedOf(
  session: Session,
  info: Info,
  live: KubeObject | undefined,
): Promise<KubeObject> {
  const { flags } = session;
  const manager = flags.string("field-manager") || "kubectl-client-side-apply";
  const query = { fieldManager: manager, dryRun: "All" };
  if (flags.bool("server-side")) {
    return await session.client.patch(info.mapping, info, goJson(info.object), {
      type: "apply",
      query: { ...query, force: String(flags.bool("force-conflicts")) },
    });
  }
  if (!live) {
    return await session.client.create(
      info.mapping,
      { namespace: info.namespace },
      goJson(info.object),
      { query },
    );
  }
  const { [LAST_APPLIED]: _, ...annotations } = info.object.metadata.annotations ?? {};
  const modified = { ...info.object, metadata: { ...info.object.metadata, annotations } };
  const original = originalOf(session, info, modified, live);
  const { patch, type } = threeWayPatch(original, modified, live);
  if (Object.keys(patch).length === 0) return live;
  const { resourceVersion } = live.metadata;
  const locked = { ...patch, metadata: { ...patch.metadata as object, resourceVersion } };
  return await session.client.patch(info.mapping, info, goJson(locked), { type, query });
}

function originalOf(
  session: Session,
  info: Info,
  modified: KubeObject,
  live: KubeObject,
): KubeObject | undefined {
  try {
    return lastApplied(live, modified);
  } catch (error) {
    if (!(error instanceof LastAppliedError)) throw error;
    session.err(`warning: error calculating patch from openapi v3 spec: ${error.why}\n`);
    const source = quote(info.source ?? "");
    throw failure(`error when patching ${source}: ${error.message} ${error.why}`);
  }
}

/** A Secret's values as stars. Source: kubernetes/kubectl pkg/cmd/diff/diff.go (Masker). */
function masked(
  live: Secret | undefined,
  merged: Secret,
): [Secret | undefined, Secret] {
  const before: Record<string, string> = { ...live?.data };
  const after: Record<string, string> = { ...merged.data };
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const both = Object.hasOwn(before, key) && Object.hasOwn(after, key);
    const changed = both && before[key] !== after[key];
    if (Object.hasOwn(before, key)) before[key] = changed ? "*** (before)" : "***";
    if (Object.hasOwn(after, key)) after[key] = changed ? "*** (after)" : "***";
  }
  return [
    live?.data ? { ...live, data: before } : live,
    merged.data ? { ...merged, data: after } : merged,
  ];
}

/** The output of `diff -u -N` for two files of the same name; see {@linkcode oneHunk} for very different ones. */
function patchText(session: Session, { name, live, merged }: Pair): string {
  const nowMs = session.io.lab.clock.now();
  const stamp = `${new Date(nowMs).toISOString().replace("T", " ").replace("Z", "000000")} +0000`;
  const number = String(nowMs).slice(-10);
  const [from, to] = [`/tmp/LIVE-${number}/${name}`, `/tmp/MERGED-${number}/${name}`];
  const absent = "1970-01-01 00:00:00.000000000 +0000";
  const patch = createTwoFilesPatch(from, to, live, merged, undefined, undefined, {
    context: CONTEXT_LINES,
    maxEditLength: MAX_EDITS,
  });
  const hunks = patch === undefined ? oneHunk(live, merged) : patch.slice(patch.indexOf("@@ "));
  return `diff -u -N ${from} ${to}\n--- ${from}\t${live === "" ? absent : stamp}\n` +
    `+++ ${to}\t${stamp}\n${hunks}`;
}

const CONTEXT_LINES = 3;
/** From how many changed lines on a shorter way from one text to the other is not looked for any more. */
const MAX_EDITS = 1_500;

/**
 * All that differs between two texts as one hunk, as GNU diff shows texts that have nothing in common.
 * Source: GNU diffutils src/context.c (unified output).
 */
export function oneHunk(live: string, merged: string): string {
  const [before, after] = [live, merged].map((text) => text.split("\n").slice(0, -1));
  let start = 0;
  while (start < Math.min(before.length, after.length) && before[start] === after[start]) start++;
  let tail = 0;
  const most = Math.min(before.length, after.length) - start;
  while (tail < most && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const from = Math.max(0, start - CONTEXT_LINES);
  const below = before.slice(before.length - tail).slice(0, CONTEXT_LINES);
  const gone = before.slice(start, before.length - tail);
  const come = after.slice(start, after.length - tail);
  const around = start - from + below.length;
  const range = (count: number) => `${count === 0 ? from : from + 1},${count}`;
  const line = (mark: string) => (text: string) => `${mark}${text}\n`;
  return [
    `@@ -${range(gone.length + around)} +${range(come.length + around)} @@\n`,
    ...before.slice(from, start).map(line(" ")),
    ...gone.map(line("-")),
    ...come.map(line("+")),
    ...below.map(line(" ")),
  ].join("");
}
