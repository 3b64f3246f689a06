import { ApiError } from "../../../kube/mod.ts";
import { failure, throwAll } from "../errors.ts";
import { goJson } from "../go_text.ts";
import { groupResource, pathOf } from "../mapper.ts";
import { dryRunOf, ObjectReport } from "../report.ts";
import { findResources } from "../resources.ts";
import type { Session, Verb } from "../session.ts";
import { withSource } from "../failures.ts";
import { withLastApplied } from "./apply.ts";
import { createInfo } from "./create.ts";
import { deleteAndWait } from "./delete.ts";

/** `kubectl replace`. Source: kubernetes/kubectl pkg/cmd/replace/replace.go. */
export const replace: Verb = { run };

async function run(session: Session): Promise<void> {
  const { flags } = session;
  if (flags.list("filename").length === 0) throw failure("must specify --filename to replace");
  const found = await findResources(session, { validate: flags.string("validate") !== "false" });
  const report = new ObjectReport(session);
  const errors = [...found.errors];
  for (const info of found.infos) {
    try {
      if (flags.bool("force")) {
        await deleteAndWait(session, [info]);
        await createInfo(session, info);
      } else if (dryRunOf(session) !== "client") {
        const object = flags.bool("save-config") ? withLastApplied(info.object) : info.object;
        info.object = await session.rest.json(
          "PUT",
          pathOf(info.mapping, info.namespace, info.name, flags.string("subresource")),
          {
            body: goJson(object),
            query: {
              fieldManager: flags.string("field-manager") || "kubectl-replace",
              fieldValidation: "Strict",
              dryRun: dryRunOf(session) === "server" ? "All" : undefined,
            },
            about: { resource: groupResource(info.mapping), name: info.name },
          },
        );
      }
      await report.print(info, "replaced");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      errors.push(withSource(error, "replacing", info.source));
    }
  }
  if (found.infos.length === 0 && errors.length === 0) {
    throw failure("no objects passed to replace");
  }
  throwAll(errors);
}
