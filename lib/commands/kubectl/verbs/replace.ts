import { ApiError, type KubeObject } from "../../../kube/mod.ts";
import { failure, throwAll } from "../errors.ts";
import { goJson } from "../../../go/mod.ts";
import { dryRunOf, fieldValidationOf, ObjectReport } from "../report.ts";
import { errorsInOrder, findResources, type Info } from "../resources.ts";
import type { Session, Verb } from "../session.ts";
import { isOfOneObject, withSource } from "../failures.ts";
import { withLastApplied } from "../last_applied.ts";
import { createInfo } from "./create.ts";
import { deleteAndWait } from "./delete.ts";

/** `kubectl replace`. Source: kubernetes/kubectl pkg/cmd/replace/replace.go. */
export const replace: Verb = { run };

/** The object with the version it replaces, unless it names one. Source: cli-runtime helper.go (Replace). */
async function withVersion(session: Session, info: Info, object: KubeObject): Promise<KubeObject> {
  if (object.metadata.resourceVersion) return object;
  let current: KubeObject;
  try {
    current = await session.client.get(info.mapping, info);
  } catch (error) {
    // The server says it better when the object is sent.
    if (error instanceof ApiError) return object;
    throw error;
  }
  const { resourceVersion } = current.metadata;
  return { ...object, metadata: { ...object.metadata, resourceVersion } };
}

async function run(session: Session): Promise<void> {
  const { flags } = session;
  if (flags.list("filename").length === 0) throw failure("must specify one of -f and -k");
  fieldValidationOf(session);
  const found = await findResources(session, { validate: flags.string("validate") !== "false" });
  const report = new ObjectReport(session);
  const failed = new Map<Info, unknown>();
  for (const info of found.infos) {
    try {
      if (flags.bool("force")) {
        await deleteAndWait(session, [info], { say: true });
        await createInfo(session, info);
      } else if (dryRunOf(session) !== "client") {
        const object = flags.bool("save-config") ? withLastApplied(info.object) : info.object;
        info.object = await session.client.update(
          info.mapping,
          { ...info, subresource: flags.string("subresource") },
          goJson(await withVersion(session, info, object)),
          {
            query: {
              fieldManager: flags.string("field-manager") || "kubectl-replace",
              fieldValidation: "Strict",
              dryRun: dryRunOf(session) === "server" ? "All" : undefined,
            },
          },
        );
      }
      await report.print(info, "replaced");
    } catch (error) {
      if (!isOfOneObject(error)) throw error;
      failed.set(info, withSource(error, "replacing", info.source));
    }
  }
  throwAll(errorsInOrder(found, failed));
}
