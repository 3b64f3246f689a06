import { ApiError, PATCH_TYPES, type PatchType, sameJson } from "../../../kube/mod.ts";
import { failure, throwAll } from "../errors.ts";
import { fromYaml, goJson, quote, YamlError } from "../../../go/mod.ts";
import { dryRunOf, ObjectReport } from "../report.ts";
import { findResources, type Info } from "../resources.ts";
import type { Session, Verb } from "../session.ts";

const TYPES: readonly PatchType[] = ["json", "merge", "strategic"];

/** `kubectl patch`. Source: kubernetes/kubectl pkg/cmd/patch/patch.go. */
export const patch: Verb = { run };

async function run(session: Session): Promise<void> {
  const { flags } = session;
  const text = flags.string("patch");
  const file = flags.string("patch-file");
  if (text !== "" && file !== "") throw failure("cannot specify --patch and --patch-file together");
  if (text === "" && file === "") {
    throw failure("must specify --patch or --patch-file containing the contents of the patch");
  }
  const type = TYPES.find((each) => each === flags.string("type").toLowerCase());
  if (!type) {
    throw failure(
      `--type must be one of [json merge strategic], not ${quote(flags.string("type"))}`,
    );
  }
  const given = file === "" ? text : await session.io.files.read(file);
  // What looks like a JSON object goes to the server as it is; anything else is read as YAML.
  const body = /^\s*\{/.test(given) ? given : goJson(parse(given, text));
  const found = await findResources(session, { fetch: true });
  const report = new ObjectReport(session);
  const errors = [...found.errors];
  for (const info of found.infos) {
    try {
      await report.print(info, await patchOne(session, info, body, type));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      errors.push(error);
    }
  }
  if (found.infos.length === 0 && errors.length === 0) throw failure("no objects passed to patch");
  throwAll(errors);
}

function parse(text: string, shown: string): unknown {
  try {
    return fromYaml(text);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw failure(`unable to parse ${quote(shown)}: ${error.message}`);
  }
}

async function patchOne(
  session: Session,
  info: Info,
  body: string,
  type: PatchType,
): Promise<string> {
  const { flags } = session;
  if (dryRunOf(session) === "client") {
    throw failure("the lab's kubectl cannot try a patch by itself; use --dry-run=server");
  }
  const before = info.object;
  const { group, version, kind } = info.mapping;
  try {
    info.object = await session.client.patch(
      info.mapping,
      { ...info, subresource: flags.string("subresource") },
      body,
      {
        type,
        query: {
          fieldManager: flags.string("field-manager") || "kubectl-patch",
          dryRun: dryRunOf(session) === "server" ? "All" : undefined,
        },
      },
    );
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== "UnsupportedMediaType") throw error;
    throw failure(
      `${
        PATCH_TYPES[type]
      } is not supported by ${group}/${version}, Kind=${kind}: ${error.message}`,
    );
  }
  return sameJson(before, info.object) ? "patched (no change)" : "patched";
}
