import { ApiError } from "../../../kube/mod.ts";
import { failure, throwAll } from "../errors.ts";
import { describeInfo } from "../describe/describers.ts";
import { findResources, type Found } from "../resources.ts";
import type { Session, Verb } from "../session.ts";

/** `kubectl describe`. Source: kubernetes/kubectl pkg/cmd/describe/describe.go. */
export const describe: Verb = { run };

async function run(session: Session): Promise<void> {
  const { flags, args } = session;
  if (args.length === 0 && flags.list("filename").length === 0) {
    throw failure(
      'You must specify the type of resource to describe. Use "kubectl api-resources" for a complete list of supported resources.',
    );
  }
  const found = await findResources(session, {
    labelSelector: flags.string("selector"),
    chunkSize: flags.int("chunk-size"),
    emptySelectsAll: true,
    fetch: true,
  });
  const several = found.errors.length > 0 || found.infos.length > 1;
  const showEvents = several && !flags.changed("show-events") ? false : flags.bool("show-events");
  if (await describeByPrefix(session, found, showEvents)) return;
  const errors = [...found.errors];
  let first = true;
  for (const info of found.infos) {
    try {
      const text = await describeInfo(session, info, { showEvents });
      session.out(first ? text : `\n\n${text}`);
      first = false;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      errors.push(error);
    }
  }
  if (found.infos.length === 0 && errors.length === 0) {
    session.err(
      session.allNamespaces
        ? "No resources found\n"
        : `No resources found in ${session.namespace} namespace.\n`,
    );
  }
  throwAll(errors);
}

/** `describe pod web` stands for every pod whose name starts with `web` when none is called that. */
async function describeByPrefix(
  session: Session,
  found: Found,
  showEvents: boolean,
): Promise<boolean> {
  const { args } = session;
  const notFound = found.errors.length === 1 && found.errors[0] instanceof ApiError &&
    found.errors[0].reason === "NotFound";
  if (!notFound || args.length !== 2 || args[0].includes(",")) return false;
  const all = await findResources(session, { args: [args[0]], emptySelectsAll: true });
  const matching = all.infos.filter((info) => info.name.startsWith(args[1]));
  for (const info of matching) {
    session.out(await describeInfo(session, info, { showEvents }) + "\n");
  }
  return matching.length > 0;
}
