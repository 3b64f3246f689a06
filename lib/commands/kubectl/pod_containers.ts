import {
  conditionOf,
  formatSelector,
  type KubeObject,
  type Loose,
  type models,
  type Pod,
  transitionMs,
} from "../../kube/mod.ts";
import { failure } from "./errors.ts";
import { quote } from "../../go/mod.ts";
import { findResources } from "./resources.ts";
import type { Session } from "./session.ts";

/** The annotation that names the container which is meant where none is. */
export const DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container";

/** Every container's name with its kind. Source: kubectl pkg/cmd/util/podcmd/podcmd.go (AllContainerNames). */
export function allContainerNames({ spec }: KubeObject): string {
  const { containers = [], initContainers = [], ephemeralContainers = [] }: Loose<models.PodSpec> =
    spec ?? {};
  return [
    ...containers.map(({ name }) => name),
    ...ephemeralContainers.map(({ name }) => `${name} (ephem)`),
    ...initContainers.map(({ name }) => `${name} (init)`),
  ].join(", ");
}

/**
 * The container a command is meant for: the one named, the annotated, or the first.
 * Errors: CliError. Source: kubectl pkg/cmd/util/podcmd/podcmd.go (FindOrDefaultContainerByName).
 */
export function chooseContainer(session: Session, pod: Pod, wanted: string): models.Container {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = pod.spec ?? {};
  const name = wanted || pod.metadata.annotations?.[DEFAULT_CONTAINER] || "";
  if (name !== "") {
    const found = [...containers, ...initContainers, ...ephemeralContainers]
      .find((each) => each.name === name);
    if (found) return found;
    throw failure(
      `container ${name} is not valid for pod ${pod.metadata.name} out of: ${
        allContainerNames(pod)
      }`,
    );
  }
  const others = containers.length - 1 + initContainers.length + ephemeralContainers.length;
  if (!session.flags.bool("quiet") && others > 0) {
    session.err(
      `Defaulted container ${quote(containers[0].name)} out of: ${allContainerNames(pod)}\n`,
    );
  }
  return containers[0];
}

/** The object that arguments name, pods being meant where no type is given. */
export async function objectNamed(session: Session, args: readonly string[]): Promise<KubeObject> {
  const target = args.length === 1 && !args[0].includes("/") ? ["pods", args[0]] : [...args];
  const found = await findResources(session, { args: target, fetch: true, stopOnError: true });
  return found.infos[0].object;
}

/**
 * The pod that stands for an object: itself, or the first of those it selects.
 * Errors: CliError. Source: kubectl pkg/polymorphichelpers/attachablepodforobject.go, helpers.go (GetFirstPod).
 */
export async function attachablePod(session: Session, object: KubeObject): Promise<KubeObject> {
  if (object.kind === "Pod") return object;
  const selector = object.kind === "Service" || object.kind === "ReplicationController"
    ? object.spec?.selector && { matchLabels: object.spec.selector }
    : object.spec?.selector;
  if (!selector) {
    throw failure(
      object.kind === "Service"
        ? `cannot attach to *v1.Service: invalid service '${object.metadata.name}': Service is defined without a selector`
        // Upstream's words for any object that selects no pods; nothing is missing here.
        : `cannot attach to *v1.${object.kind}: selector for *v1.${object.kind} not implemented`,
    );
  }
  const found = await findResources(session, {
    args: ["pods"],
    labelSelector: formatSelector(selector),
    stopOnError: true,
  });
  const pods = found.infos.map((info) => info.object).toSorted(byActivity);
  if (pods.length === 0) throw failure("timed out waiting for the condition");
  return pods[0];
}

/** Source: kubectl pkg/util/podutils/podutils.go (ActivePods, reversed): running, ready, longest ready, oldest. */
function byActivity(left: KubeObject, right: KubeObject): number {
  const rank = (pod: KubeObject) => {
    const phases: Record<string, number> = { Pending: 0, Unknown: 1, Running: 2 };
    const ready = conditionOf(pod, "Ready");
    return [
      pod.spec?.nodeName ? 0 : 1,
      -(phases[pod.status?.phase] ?? 0),
      pod.metadata.deletionTimestamp ? 1 : 0,
      ready?.status === "True" ? 0 : 1,
      ready?.status === "True" ? transitionMs(ready) : 0,
      Date.parse(pod.metadata.creationTimestamp ?? ""),
    ];
  };
  const [a, b] = [rank(left), rank(right)];
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return 0;
}
