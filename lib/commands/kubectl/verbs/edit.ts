import { ApiError, groupOf, type KubeObject, threeWayPatch } from "../../../kube/mod.ts";
import { CliError, failure, throwAll } from "../errors.ts";
import { fromYaml, goJson, quote, toYaml, YamlError } from "../../../go/mod.ts";
import type { Mapper } from "../mapper.ts";
import { withoutManagedFields } from "../output.ts";
import { findResources, type Info } from "../resources.ts";
import { ObjectReport } from "../report.ts";
import type { Session, Verb } from "../session.ts";

const HEADER = `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`;

/**
 * `kubectl edit`: opens what the server has in $KUBE_EDITOR, $EDITOR, or the shell's own `edit`.
 * Source: kubernetes/kubectl pkg/cmd/util/editor/editoptions.go.
 * Differs: the file lies in the working directory, the only place that the shell may write to.
 */
export const edit: Verb = {
  async run(session) {
    const found = await findResources(session, {
      emptySelectsAll: true,
      fetch: true,
      stopOnError: true,
    });
    throwAll(found.errors);
    if (found.infos.length === 0) throw failure("edit cancelled, no objects found");
    await editUntilDone(session, found.infos);
  },
};

async function editUntilDone(session: Session, infos: Info[]): Promise<void> {
  const objects = infos.map(({ object }) => withoutManagedFields(object));
  const format = session.flags.string("output") === "json" ? "json" : "yaml";
  const print = (object: unknown) =>
    format === "json" ? goJson(object, "    ") + "\n" : toYaml(object);
  const original = print(
    objects.length === 1
      ? objects[0]
      : { apiVersion: "v1", kind: "List", metadata: {}, items: objects },
  );
  let reasons: string[] = [];
  let text = original;
  let retrying = false;
  for (;;) {
    const header = format === "json" ? "" : headerOf(reasons);
    const { edited, path } = await openEditor(session, header + text, format);
    const kept = () => `A copy of your changes has been stored to ${quote(path)}\n`;
    if (retrying && stripped(edited) === stripped(text)) {
      session.err(kept());
      throw failure("Edit cancelled, no valid changes were saved.");
    }
    if (stripped(edited) === stripped(original)) {
      await discard(session, path);
      return session.err("Edit cancelled, no changes made.\n");
    }
    if (stripped(edited).trim() === "") {
      await discard(session, path);
      return session.err("Edit cancelled, saved file was empty.\n");
    }
    reasons = [];
    try {
      const objects = parse(edited, await session.mapper());
      if (objects.every(isOfKind)) await sendChanges(session, infos, objects, reasons);
      else reasons.push(refuse(session, infos[0], "The edited file failed validation"));
    } catch (error) {
      if (error instanceof YamlError) {
        reasons.push(`The edited file had a syntax error: ${error.message}`);
      } else if (error instanceof Mistake) {
        session.err(kept());
        throw failure(error.message);
      } else throw error;
    }
    if (reasons.length === 0) return await discard(session, path);
    text = withoutComments(edited);
    retrying = true;
  }
}

/** A file that cannot be what was opened: it ends the edit. */
class Mistake extends Error {}

function headerOf(reasons: string[]): string {
  if (reasons.length === 0) return HEADER;
  return HEADER +
    reasons.map((reason) => reason.split("\n").map((line) => `# ${line}\n`).join("") + "#\n").join(
      "",
    );
}

function withoutComments(text: string): string {
  return text.split("\n").filter((line) => !line.startsWith("#")).join("\n");
}

/** What counts of a file: without its comments. */
function stripped(text: string): string {
  return withoutComments(text).trim();
}

let files = 0;

/** Errors: CliError when the editor ends with an error. */
async function openEditor(
  session: Session,
  text: string,
  extension: string,
): Promise<{ edited: string; path: string }> {
  const { io } = session;
  const editor = io.env.KUBE_EDITOR || io.env.EDITOR || "edit";
  const path = `kubectl-edit-${++files}.${extension}`;
  await io.files.write(path, text);
  const exitCode = await io.run(`${editor} ${path}`);
  if (exitCode !== 0) {
    await discard(session, path);
    throw failure(`there was a problem with the editor ${quote(editor)}`);
  }
  return { edited: await io.files.read(path), path };
}

async function discard({ io }: Session, path: string): Promise<void> {
  await io.run(`rm -f ${path}`);
}

/** What an edited file holds; what is no object there has neither an apiVersion nor a kind. */
function parse(text: string, mapper: Mapper): Partial<KubeObject>[] {
  const document: unknown = fromYaml(withoutComments(text));
  const items = isObject(document) && document.kind === "List" ? document.items : [document];
  const objects = (Array.isArray(items) ? items : [items])
    .map((item: unknown): Partial<KubeObject> => isObject(item) ? item : {});
  for (const { apiVersion, kind } of objects) {
    if (apiVersion && kind) mapper.forKind(apiVersion, kind);
  }
  return objects;
}

function isObject(value: unknown): value is Partial<KubeObject> & { items?: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isOfKind(object: Partial<KubeObject>): object is KubeObject {
  return Boolean(object.apiVersion && object.kind);
}

/** Patches what was changed; what the server finds invalid goes into `reasons`, to be edited again. */
async function sendChanges(
  session: Session,
  infos: Info[],
  edited: KubeObject[],
  reasons: string[],
): Promise<void> {
  const report = new ObjectReport(session);
  for (const object of edited) {
    const info = infos.find(({ object: original }) =>
      original.kind === object.kind && original.metadata.name === object.metadata?.name &&
      groupOf(original.apiVersion) === groupOf(object.apiVersion)
    );
    if (!info) throw new Mistake("At least one of apiVersion, kind and name was changed");
    const original = withoutManagedFields(info.object);
    const { patch, type } = threeWayPatch(original, object, original);
    if (Object.keys(patch).length === 0) {
      await report.print(info, "skipped");
      continue;
    }
    try {
      const changed = await session.client.patch(
        info.mapping,
        { ...info, subresource: session.flags.string("subresource") },
        goJson(patch),
        { type, query: { fieldManager: session.flags.string("field-manager") || "kubectl-edit" } },
      );
      await report.print({ ...info, object: changed }, "edited");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const { resource } = info.mapping;
      if (error.reason !== "Invalid" && error.reason !== "BadRequest") {
        session.err(
          `error: ${resource} ${quote(info.name)} could not be patched: ${error.message}\n`,
        );
        throw new CliError("", 1);
      }
      reasons.push(refuse(session, info, causesOf(error)));
    }
  }
}

/** Says that what was edited is invalid, and gives the words for the head of the file. */
function refuse(session: Session, { mapping, name }: Info, causes: string): string {
  session.err(`error: ${mapping.resource} ${quote(name)} is invalid\n`);
  return `${mapping.resource} ${quote(name)} was not valid:\n${causes}`;
}

function causesOf({ details, message }: ApiError): string {
  const causes = details?.causes ?? [];
  if (causes.length === 0) return `* ${message}`;
  return causes.map(({ field, message: text }) => `* ${field}: ${text}`).join("\n");
}
