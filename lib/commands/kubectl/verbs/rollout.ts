import {
  ApiError,
  conditionOf,
  formatSelector,
  groupKind,
  groupResource,
  isOwnedBy,
  type KubeObject,
  type Loose,
  type models,
  type ObjectOf,
  type ReplicaSet,
  sameJson,
} from "../../../kube/mod.ts";
import { CliError, failure, throwAll } from "../errors.ts";
import { describeTemplate } from "../describe/pods.ts";
import { DescriptionWriter } from "../describe/writer.ts";
import { DESCRIBE_TABLE, goJson, quote, rfc3339, TabWriter } from "../../../go/mod.ts";
import { dryRunOf, ObjectReport } from "../report.ts";
import { findResources, type Found, type Info } from "../resources.ts";
import { type Session, type Verb } from "../session.ts";
import { follow } from "../waiting.ts";
import { nameOf, printerFor } from "../output.ts";
import { LAST_APPLIED } from "../last_applied.ts";

const RESTARTED_AT = "kubectl.kubernetes.io/restartedAt";
const REVISION = "deployment.kubernetes.io/revision";
const CHANGE_CAUSE = "kubernetes.io/change-cause";

async function targets(session: Session): Promise<Found> {
  if (session.args.length === 0 && session.flags.list("filename").length === 0) {
    throw failure("required resource not specified");
  }
  return await findResources(session, {
    labelSelector: session.flags.string("selector"),
    emptySelectsAll: true,
    fetch: true,
  });
}

function sayNothingFound(session: Session): void {
  session.err(`No resources found in ${session.namespace} namespace.\n`);
}

/** `kubectl rollout status`. Source: kubernetes/kubectl pkg/polymorphichelpers/rollout_status.go. */
export const rolloutStatus: Verb = {
  async run(session) {
    const found = await targets(session);
    if (found.infos.length === 0 && found.errors.length === 0) return sayNothingFound(session);
    const errors = [...found.errors];
    for (const info of found.infos) {
      try {
        await followStatus(session, info);
      } catch (error) {
        if (!(error instanceof CliError)) throw error;
        errors.push(error);
      }
    }
    throwAll(errors);
  },
};

async function followStatus(session: Session, info: Info): Promise<void> {
  const { flags } = session;
  const viewer = viewerOf(info);
  const revision = flags.int("revision");
  const outcome = await follow(session, info, (object) => {
    if (!object) throw failure("object has been deleted");
    const { text, done } = viewer(object, revision);
    session.out(text);
    return done || !flags.bool("watch");
  }, flags.durationMs("timeout"));
  if (outcome === "timeout") throw failure("timed out waiting for the condition");
}

interface Status {
  text: string;
  done: boolean;
}

function viewerOf(info: Info): (object: KubeObject, revision: number) => Status {
  const viewers: Record<string, (object: KubeObject, revision: number) => Status> = {
    Deployment: deploymentStatus,
    DaemonSet: daemonSetStatus,
    StatefulSet: statefulSetStatus,
  };
  const viewer = viewers[info.mapping.kind];
  if (!viewer) throw failure(`no status viewer has been implemented for ${info.mapping.kind}`);
  return viewer;
}

function deploymentStatus(deployment: KubeObject, revision: number): Status {
  const { metadata, spec, status = {} } = deployment;
  const name = quote(metadata.name);
  const waiting = (text: string) => ({
    text: `Waiting for deployment ${name} rollout to finish: ${text}\n`,
    done: false,
  });
  const running = Number(metadata.annotations?.[REVISION] ?? 0);
  if (revision > 0 && revision !== running) {
    throw failure(
      `desired revision (${revision}) is different from the running revision (${running})`,
    );
  }
  if ((metadata.generation ?? 0) > (status.observedGeneration ?? 0)) {
    return { text: "Waiting for deployment spec update to be observed...\n", done: false };
  }
  const progressing = conditionOf({ status }, "Progressing");
  if (progressing?.reason === "ProgressDeadlineExceeded") {
    throw failure(`deployment ${name} exceeded its progress deadline`);
  }
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
  if (spec.replicas !== undefined && updatedReplicas < spec.replicas) {
    return waiting(`${updatedReplicas} out of ${spec.replicas} new replicas have been updated...`);
  }
  if (replicas > updatedReplicas) {
    return waiting(`${replicas - updatedReplicas} old replicas are pending termination...`);
  }
  if (availableReplicas < updatedReplicas) {
    return waiting(`${availableReplicas} of ${updatedReplicas} updated replicas are available...`);
  }
  return { text: `deployment ${name} successfully rolled out\n`, done: true };
}

function daemonSetStatus(set: KubeObject): Status {
  const { metadata, spec, status = {} } = set;
  const name = quote(metadata.name);
  if (spec.updateStrategy?.type !== "RollingUpdate") {
    throw failure("rollout status is only available for RollingUpdate strategy type");
  }
  if ((metadata.generation ?? 0) > (status.observedGeneration ?? 0)) {
    return { text: "Waiting for daemon set spec update to be observed...\n", done: false };
  }
  const { updatedNumberScheduled = 0, desiredNumberScheduled = 0, numberAvailable = 0 } = status;
  const waiting = (text: string) => ({
    text: `Waiting for daemon set ${name} rollout to finish: ${text}\n`,
    done: false,
  });
  if (updatedNumberScheduled < desiredNumberScheduled) {
    return waiting(
      `${updatedNumberScheduled} out of ${desiredNumberScheduled} new pods have been updated...`,
    );
  }
  if (numberAvailable < desiredNumberScheduled) {
    return waiting(`${numberAvailable} of ${desiredNumberScheduled} updated pods are available...`);
  }
  return { text: `daemon set ${name} successfully rolled out\n`, done: true };
}

function statefulSetStatus(set: KubeObject): Status {
  const { metadata, spec, status = {} } = set;
  if (spec.updateStrategy?.type !== "RollingUpdate") {
    throw failure("rollout status is only available for RollingUpdate strategy type");
  }
  if (!status.observedGeneration || (metadata.generation ?? 0) > status.observedGeneration) {
    return { text: "Waiting for statefulset spec update to be observed...\n", done: false };
  }
  const { readyReplicas = 0, updatedReplicas = 0, currentReplicas = 0 } = status;
  if (spec.replicas !== undefined && readyReplicas < spec.replicas) {
    return {
      text: `Waiting for ${spec.replicas - readyReplicas} pods to be ready...\n`,
      done: false,
    };
  }
  const rolling = spec.updateStrategy.rollingUpdate;
  if (rolling) {
    const goal = spec.replicas - (rolling.partition ?? 0);
    if (rolling.partition !== undefined && updatedReplicas < goal) {
      return {
        text:
          `Waiting for partitioned roll out to finish: ${updatedReplicas} out of ${goal} new pods have been updated...\n`,
        done: false,
      };
    }
    return {
      text: `partitioned roll out complete: ${updatedReplicas} new pods have been updated...\n`,
      done: true,
    };
  }
  if (status.updateRevision !== status.currentRevision) {
    return {
      text:
        `waiting for statefulset rolling update to complete ${updatedReplicas} pods at revision ${status.updateRevision}...\n`,
      done: false,
    };
  }
  return {
    text:
      `statefulset rolling update complete ${currentReplicas} pods at revision ${status.currentRevision}...\n`,
    done: true,
  };
}

async function patchInfo(session: Session, info: Info, patch: unknown): Promise<void> {
  info.object = await session.client.patch(info.mapping, info, goJson(patch), {
    type: "strategic",
    query: {
      fieldManager: session.flags.string("field-manager") || "kubectl-rollout",
      dryRun: dryRunOf(session) === "server" ? "All" : undefined,
    },
  });
}

/** Changes every target, each reported as `operation`, or as `error: kind "name" why`. */
async function changeAll(
  session: Session,
  operation: string,
  patchOf: (object: KubeObject) => unknown,
): Promise<void> {
  const found = await targets(session);
  const report = new ObjectReport(session);
  const errors = [...found.errors];
  if (found.infos.length === 0 && errors.length === 0) return sayNothingFound(session);
  for (const info of found.infos) {
    try {
      await patchInfo(session, info, patchOf(info.object));
      await report.print(info, operation);
    } catch (error) {
      if (error instanceof ApiError) errors.push(failure(`failed to patch: ${error.message}`));
      else if (error instanceof CliError && error.exitCode !== 130) {
        errors.push(failure(`${groupResource(info.mapping)} ${quote(info.name)} ${error.message}`));
      } else throw error;
    }
  }
  throwAll(errors);
}

/** `kubectl rollout restart`. Source: kubernetes/kubectl pkg/polymorphichelpers/objectrestarter.go. */
export const rolloutRestart: Verb = {
  run: (session) =>
    changeAll(session, "restarted", ({ kind, spec }) => {
      if (!["Deployment", "DaemonSet", "StatefulSet"].includes(kind)) {
        throw new CliError("restarting is not supported");
      }
      if (spec?.paused) {
        throw new CliError("can't restart paused deployment (run rollout resume first)");
      }
      const now = rfc3339(session.io.lab.clock.now());
      return { spec: { template: { metadata: { annotations: { [RESTARTED_AT]: now } } } } };
    }),
};

/** `kubectl rollout pause`. */
export const rolloutPause: Verb = {
  run: (session) =>
    changeAll(session, "paused", ({ kind, spec }) => {
      if (kind !== "Deployment") throw new CliError("pausing is not supported");
      if (spec?.paused) throw new CliError("is already paused");
      return { spec: { paused: true } };
    }),
};

/** `kubectl rollout resume`. */
export const rolloutResume: Verb = {
  run: (session) =>
    changeAll(session, "resumed", ({ kind, spec }) => {
      if (kind !== "Deployment") throw new CliError("resuming is not supported");
      if (!spec?.paused) throw new CliError("is not paused");
      return { spec: { paused: null } };
    }),
};

/** The template that a ControllerRevision holds. */
function templateIn(data: unknown): Loose<models.PodTemplateSpec> {
  const { spec } = data as { spec?: { template?: Loose<models.PodTemplateSpec> } };
  return spec?.template ?? {};
}

/** A revision of a workload's template. */
interface Revision {
  number: number;
  template: Loose<models.PodTemplateSpec>;
  cause?: string;
  annotations?: Record<string, string>;
  /** The ReplicaSet or ControllerRevision. */
  object: KubeObject;
}

async function revisionsOf(session: Session, info: Info): Promise<Revision[]> {
  const { namespace = "" } = info.object.metadata;
  const labelSelector = formatSelector(info.object.spec.selector);
  const isDeployment = info.mapping.kind === "Deployment";
  const resource = isDeployment ? "replicasets" : "controllerrevisions";
  const list = await session.client.list(`apps/v1/${resource}`, { namespace }, {
    query: { labelSelector },
  });
  const owned: ObjectOf<"controllerrevisions.apps">[] = list.items.filter((each: KubeObject) =>
    isOwnedBy(each, info.object)
  );
  return owned.map((each): Revision => {
    const { annotations } = each.metadata;
    return {
      number: isDeployment ? Number(annotations?.[REVISION] ?? 0) : each.revision ?? 0,
      template: isDeployment ? (each as ReplicaSet).spec?.template ?? {} : templateIn(each.data),
      ...(annotations?.[CHANGE_CAUSE] ? { cause: annotations[CHANGE_CAUSE] } : {}),
      ...(annotations ? { annotations } : {}),
      object: {
        ...each,
        apiVersion: "apps/v1",
        kind: isDeployment ? "ReplicaSet" : "ControllerRevision",
      },
    };
  }).toSorted((a, b) => a.number - b.number);
}

/** `kubectl rollout history`. Source: kubernetes/kubectl pkg/polymorphichelpers/history.go. */
export const rolloutHistory: Verb = {
  async run(session) {
    const wanted = session.flags.int("revision");
    if (wanted < 0) throw failure(`revision must be a positive integer: ${wanted}`);
    const found = await targets(session);
    throwAll(found.errors);
    const printer = await printerFor(session.flags, {
      readFile: (path) => session.io.files.read(path),
    });
    for (const info of found.infos) {
      if (!["Deployment", "DaemonSet", "StatefulSet"].includes(info.mapping.kind)) {
        const kind = groupKind(info.mapping);
        throw failure(`no history viewer has been implemented for ${quote(kind)}`);
      }
      const revisions = await revisionsOf(session, info);
      if (printer) {
        const shown = wanted > 0 ? revisions.filter(({ number }) => number === wanted) : revisions;
        if (shown.length === 0) throw failure("unable to find the specified revision");
        for (const { object } of shown) session.out(printer(object));
        continue;
      }
      const name = nameOf({
        ...info.object,
        apiVersion: `${info.mapping.group}/x`,
        kind: info.mapping.kind,
      });
      const withRevision = wanted > 0 ? `with revision #${wanted}` : "";
      session.out(`${name} ${withRevision}\n${historyText(session, revisions, wanted)}\n`);
    }
  },
};

function historyText(session: Session, revisions: Revision[], wanted: number): string {
  if (revisions.length === 0) return "No rollout history found.";
  if (wanted > 0) {
    const revision = revisions.find((each) => each.number === wanted);
    if (!revision) throw failure("unable to find the specified revision");
    // Upstream prints the template without aligning its tabs.
    const raw = new RawWriter(session.io.lab.clock.now());
    const { template } = revision;
    const annotations = {
      ...template.metadata?.annotations,
      ...(revision.cause ? { [CHANGE_CAUSE]: revision.cause } : {}),
    };
    describeTemplate({ ...template, metadata: { ...template.metadata, annotations } }, raw);
    return raw.text;
  }
  const table = new TabWriter(DESCRIBE_TABLE);
  table.line("REVISION", "CHANGE-CAUSE");
  for (const { number, cause } of revisions) table.line(String(number), cause ?? "<none>");
  return table.flush();
}

class RawWriter extends DescriptionWriter {
  text = "";
  override write(level: number, text: string): void {
    this.text += "  ".repeat(level) + text;
  }
}

/** `kubectl rollout undo`. Source: kubernetes/kubectl pkg/polymorphichelpers/rollback.go. */
export const rolloutUndo: Verb = {
  async run(session) {
    const wanted = session.flags.int("to-revision");
    const found = await targets(session);
    throwAll(found.errors);
    const report = new ObjectReport(session);
    for (const info of found.infos) await report.print(info, await undo(session, info, wanted));
  },
};

async function undo(session: Session, info: Info, wanted: number): Promise<string> {
  const { spec, metadata } = info.object;
  if (metadata.annotations?.[LAST_APPLIED] !== undefined) {
    session.err(
      `Warning: resource ${info.mapping.resource}/${info.name} was previously managed with 'kubectl apply'. Rolling back will not update the ${LAST_APPLIED} annotation, which may cause unexpected behavior on future 'kubectl apply' operations. Consider using 'kubectl apply' with your previous configuration file instead.\n`,
    );
  }
  const revisions = await revisionsOf(session, info);
  const target = wanted > 0 ? revisions.find((each) => each.number === wanted) : revisions.at(-2);
  if (!target) {
    throw failure(
      wanted > 0
        ? `unable to find specified revision ${wanted} in history`
        : `no rollout history found for ${info.mapping.kind.toLowerCase()} ${quote(info.name)}`,
    );
  }
  if (spec.paused) {
    throw failure(
      "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again",
    );
  }
  const template = structuredClone(target.template);
  delete template.metadata?.labels?.["pod-template-hash"];
  if (sameJson(comparable(template), comparable(spec.template))) {
    return `skipped rollback (current template already matches revision ${wanted})`;
  }
  if (dryRunOf(session) === "client") return "rolled back";
  const patch = [
    { op: "replace", path: "/spec/template", value: template },
    ...(info.mapping.kind === "Deployment"
      ? [{
        op: "replace",
        path: "/metadata/annotations",
        value: annotationsAfter(metadata.annotations ?? {}, target.annotations ?? {}),
      }]
      : []),
  ];
  info.object = await session.client.patch(info.mapping, info, patch, {
    type: "json",
    query: { dryRun: dryRunOf(session) === "server" ? "All" : undefined },
  });
  return "rolled back";
}

/** What a rollback leaves to the Deployment; the others become those of the revision it goes back to. */
const KEPT_ANNOTATIONS = new Set([
  LAST_APPLIED,
  "deployment.kubernetes.io/revision",
  "deployment.kubernetes.io/revision-history",
  "deployment.kubernetes.io/desired-replicas",
  "deployment.kubernetes.io/max-replicas",
  "deprecated.deployment.rollback.to",
]);

function annotationsAfter(
  own: Record<string, string>,
  revision: Record<string, string>,
): Record<string, string> {
  const entries = (from: Record<string, string>, kept: boolean) =>
    Object.entries(from).filter(([key]) => KEPT_ANNOTATIONS.has(key) === kept);
  return Object.fromEntries([...entries(own, true), ...entries(revision, false)]);
}

function comparable(template: Loose<models.PodTemplateSpec>): unknown {
  const { creationTimestamp: _, ...metadata } = template.metadata ?? {};
  return { ...template, metadata };
}
