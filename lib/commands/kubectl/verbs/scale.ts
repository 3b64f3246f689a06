import { failure, throwAll } from "../errors.ts";
import { dryRunOf, ObjectReport } from "../report.ts";
import { findResources, type Info } from "../resources.ts";
import type { Session, Verb } from "../session.ts";
import { follow } from "../waiting.ts";
import { ApiError, groupResource } from "../../../kube/mod.ts";

/** `kubectl scale`. Source: kubernetes/kubectl pkg/cmd/scale/scale.go, pkg/scale/scale.go. */
export const scale: Verb = { run };

async function run(session: Session): Promise<void> {
  const { flags } = session;
  requireFlags(session, ["replicas"]);
  if (flags.int("replicas") < 0) {
    throw failure(
      "The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0",
    );
  }
  if (flags.changed("current-replicas") && flags.int("current-replicas") < -1) {
    throw failure("The --current-replicas must specify an integer of -1 or greater");
  }
  const found = await findResources(session, {
    labelSelector: flags.string("selector"),
    emptySelectsAll: flags.bool("all"),
    fetch: true,
  });
  if (found.infos.length === 0) {
    throwAll(found.errors);
    throw failure("no objects passed to scale");
  }
  const report = new ObjectReport(session);
  for (const info of found.infos) {
    if (dryRunOf(session) !== "client") await scaleOne(session, info);
    await report.print(info, "scaled");
  }
  throwAll(found.errors);
}

/** Errors: CliError naming the flags that were not given, as cobra does. */
export function requireFlags({ flags }: Session, names: string[]): void {
  const missing = names.filter((name) => !flags.changed(name));
  if (missing.length === 0) return;
  throw failure(`required flag(s) ${missing.map((name) => `"${name}"`).join(", ")} not set`);
}

async function scaleOne(session: Session, info: Info): Promise<void> {
  const { flags } = session;
  const replicas = flags.int("replicas");
  const scale = { ...info, subresource: "scale" };
  const expected = flags.int("current-replicas");
  const version = flags.string("resource-version");
  if (expected >= 0 || version !== "") {
    const current = await session.client.get(info.mapping, scale);
    const found = current.spec?.replicas ?? 0;
    if (expected >= 0 && found !== expected) {
      throw failure(`Expected replicas to be ${expected}, was ${found}`);
    }
    if (version !== "" && current.metadata.resourceVersion !== version) {
      throw failure(
        `Expected resource version to be ${version}, was ${current.metadata.resourceVersion}`,
      );
    }
  }
  const dryRun = dryRunOf(session) === "server" ? "All" : undefined;
  const options = { type: "merge", query: { dryRun } } as const;
  await session.client.patch(info.mapping, scale, { spec: { replicas } }, options);
  const timeoutMs = flags.durationMs("timeout");
  if (timeoutMs === 0 || dryRunOf(session) !== "none") return;
  const outcome = await follow(session, info, (object) => {
    if (!object) throw ApiError.notFound(groupResource(info.mapping), info.name);
    // What is 0 may not be written.
    return (object.spec?.replicas ?? 0) !== replicas || (object.status?.replicas ?? 0) === replicas;
  }, timeoutMs);
  if (outcome === "timeout") throw failure("timed out waiting for the condition");
}
