import { CliError, failure, throwAll } from "../errors.ts";
import { goJson } from "../../../go/mod.ts";
import { dryRunOf, fieldValidationOf, ObjectReport } from "../report.ts";
import { errorsInOrder, findResources, type Info } from "../resources.ts";
import type { Session, Verb } from "../session.ts";
import { isOfOneObject, withSource } from "../failures.ts";
import { withLastApplied } from "../last_applied.ts";
import { requireFiles } from "./apply.ts";

/** `kubectl create -f`. Source: kubernetes/kubectl pkg/cmd/create/create.go. */
export const create: Verb = { run };

async function run(session: Session): Promise<void> {
  const { flags } = session;
  if (session.args.length > 0) {
    throw new CliError(
      `error: Unexpected args: [${
        session.args.join(" ")
      }]\nSee 'kubectl create -h' for help and examples`,
    );
  }
  if (flags.string("raw") !== "") return await createRaw(session);
  requireFiles(session);
  const found = await findResources(session, {
    labelSelector: flags.string("selector"),
    validate: fieldValidationOf(session) !== "Ignore",
  });
  const report = new ObjectReport(session);
  const failed = new Map<Info, unknown>();
  for (const info of found.infos) {
    try {
      await createInfo(session, info);
      await report.print(info, "created");
    } catch (error) {
      if (!isOfOneObject(error)) throw error;
      failed.set(info, withSource(error, "creating", info.source));
    }
  }
  if (found.infos.length === 0 && found.errors.length === 0) {
    throw failure("no objects passed to create");
  }
  throwAll(errorsInOrder(found, failed));
}

async function createRaw(session: Session): Promise<void> {
  const names = session.flags.list("filename");
  if (names.length !== 1) throw failure("--raw can only use a single local file or stdin");
  const body = names[0] === "-" ? session.io.stdin : await session.io.files.read(names[0]);
  session.out(await session.client.text("POST", session.flags.string("raw"), { body }));
}

/** Sends an object to be created, unless it is only tried; `info.object` becomes the answer. */
export async function createInfo(session: Session, info: Info): Promise<void> {
  const { flags } = session;
  if (flags.bool("save-config")) info.object = withLastApplied(info.object);
  const dryRun = dryRunOf(session);
  if (dryRun === "client") return;
  info.object = await session.client.create(
    info.mapping,
    { namespace: info.namespace },
    goJson(info.object),
    {
      query: {
        fieldManager: flags.string("field-manager") || "kubectl-create",
        fieldValidation: fieldValidationOf(session),
        dryRun: dryRun === "server" ? "All" : undefined,
      },
    },
  );
}
