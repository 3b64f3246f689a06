import type { Mapping } from "../mapper.ts";
import type { KubeObject } from "../../../kube/mod.ts";
import { failure, usageError } from "../errors.ts";
import { dryRunOf, ObjectReport } from "../report.ts";
import { fetchInfo, findResources } from "../resources.ts";
import type { Session, Verb } from "../session.ts";
import { fromYaml, goJson, JsonError, parseJson, toYaml, YamlError } from "../../../go/mod.ts";
import { LAST_APPLIED, withLastApplied } from "../last_applied.ts";
import { requireFiles } from "./apply.ts";

/** `kubectl apply view-last-applied`. Source: kubernetes/kubectl pkg/cmd/apply/apply_view_last_applied.go. */
export const viewLastApplied: Verb = {
  async run(session) {
    const { flags } = session;
    const output = flags.string("output");
    const found = await findResources(session, {
      labelSelector: flags.string("selector"),
      all: flags.bool("all"),
      emptySelectsAll: flags.bool("all"),
      fetch: true,
      stopOnError: true,
    });
    if (found.errors.length > 0) throw found.errors[0];
    const texts: string[] = [];
    for (const { object } of found.infos) {
      const text = object.metadata.annotations?.[LAST_APPLIED];
      // Upstream adds to an error that is not there, and so says nothing of an object without one.
      if (text === undefined) return;
      texts.push(text);
    }
    if (output !== "json" && output !== "yaml") {
      throw usageError(
        "apply view-last-applied",
        `Unexpected -o output mode: ${output}, the flag 'output' must be one of yaml|json`,
      );
    }
    for (const text of texts) {
      session.out(output === "yaml" ? asYaml(text) : indented(text));
    }
  },
};

/** Errors: CliError. */
function asYaml(text: string): string {
  try {
    return toYaml(fromYaml(text));
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw failure(error.message);
  }
}

/** JSON with its keys as they come and its white space Go's: `json.Indent`. Errors: CliError. */
function indented(text: string): string {
  const end = text.endsWith("\n") ? "\n" : "";
  try {
    return JSON.stringify(parseJson(text), null, 2) + end;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw failure(error.message);
  }
}

/** `kubectl apply set-last-applied`. Source: kubernetes/kubectl pkg/cmd/apply/apply_set_last_applied.go. */
export const setLastApplied: Verb = {
  async run(session) {
    const { flags } = session;
    requireFiles(session);
    const found = await findResources(session, { stopOnError: true });
    if (found.errors.length > 0) throw found.errors[0];
    const changed: { info: (typeof found.infos)[number]; text: string }[] = [];
    for (const info of found.infos) {
      const text = withLastApplied(info.object).metadata.annotations![LAST_APPLIED];
      info.object = await fetchInfo(session, info);
      const recorded = info.object.metadata.annotations?.[LAST_APPLIED];
      if (recorded === undefined && !flags.bool("create-annotation")) {
        throw failure(
          `no last-applied-configuration annotation found on resource: ${info.name}, to create the annotation, run the command with --create-annotation`,
        );
      }
      if (recorded?.trim() === text.trim()) {
        session.out(`set-last-applied ${info.name}: no changes required.\n`);
      } else changed.push({ info, text });
    }
    const report = new ObjectReport(session);
    for (const { info, text } of changed) {
      if (dryRunOf(session) !== "client") info.object = await send(session, info, text);
      await report.print(info, "configured");
    }
  },
};

async function send(
  session: Session,
  info: { mapping: Mapping; namespace: string; name: string },
  text: string,
): Promise<KubeObject> {
  return await session.client.patch(
    info.mapping,
    info,
    goJson({ metadata: { annotations: { [LAST_APPLIED]: text } } }),
    { type: "merge", query: { dryRun: dryRunOf(session) === "server" ? "All" : undefined } },
  );
}
