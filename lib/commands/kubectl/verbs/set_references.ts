import {
  ApiError,
  type KubeObject,
  type models,
  type ObjectOf,
  sameJson,
  threeWayPatch,
} from "../../../kube/mod.ts";
import { failure, throwAll } from "../errors.ts";
import { goJson } from "../../../go/mod.ts";
import { dryRunOf, ObjectReport } from "../report.ts";
import { findResources, type Info } from "../resources.ts";
import type { Session, Verb } from "../session.ts";

/** The pod's part of a pod or of a workload; undefined for other kinds. */
export function podSpecOf(object: KubeObject): models.PodSpec | undefined {
  if (object.kind === "Pod") return object.spec;
  return object.spec?.template?.spec ?? object.spec?.jobTemplate?.spec?.template?.spec;
}

/** Sends what makes `info`'s object into `changed`, unless it is only tried. Errors: ApiError. */
export async function sendChange(
  session: Session,
  info: Info,
  changed: KubeObject,
): Promise<KubeObject> {
  if (dryRunOf(session) === "client" || session.flags.bool("local")) return changed;
  const { patch, type } = threeWayPatch(info.object, changed, info.object);
  return await session.client.patch(info.mapping, info, goJson(patch), {
    type,
    query: {
      fieldManager: session.flags.string("field-manager") || "kubectl-set",
      dryRun: dryRunOf(session) === "server" ? "All" : undefined,
    },
  });
}

interface ChangeOptions {
  args: readonly string[];
  operation: string;
  /** What an error of the server is prefixed with. */
  failed: string;
  /** Whether objects that stay as they are are passed over without a word. */
  skipSame: boolean;
  change(object: KubeObject): void;
}

async function changeEach(session: Session, options: ChangeOptions): Promise<void> {
  const { flags } = session;
  const found = await findResources(session, {
    args: options.args,
    labelSelector: flags.string("selector"),
    emptySelectsAll: flags.bool("all"),
    fetch: true,
  });
  throwAll(found.errors);
  const report = new ObjectReport(session);
  const errors: unknown[] = [];
  for (const info of found.infos) {
    const changed = structuredClone(info.object);
    try {
      options.change(changed);
      if (options.skipSame && sameJson(changed, info.object)) continue;
      info.object = await sendChange(session, info, changed);
      await report.print(info, options.operation);
    } catch (error) {
      if (error instanceof ApiError) errors.push(failure(options.failed + error.message));
      else if ((error as Error).name === "CliError") errors.push(error);
      else throw error;
    }
  }
  throwAll(errors);
}

/** `kubectl set serviceaccount`. Source: kubernetes/kubectl pkg/cmd/set/set_serviceaccount.go. */
export const setServiceAccount: Verb = {
  async run(session) {
    const { args } = session;
    const name = args.at(-1);
    if (name === undefined) throw failure("serviceaccount is required");
    await changeEach(session, {
      args: args.slice(0, -1),
      operation: "serviceaccount updated",
      failed: "failed to patch ServiceAccountName ",
      skipSame: false,
      change(object) {
        const spec = podSpecOf(object);
        if (!spec) throw failure("the object is not a pod or does not have a pod template");
        spec.serviceAccountName = name;
      },
    });
  },
};

/** `kubectl set selector`. Source: kubernetes/kubectl pkg/cmd/set/set_selector.go. */
export const setSelector: Verb = {
  async run(session) {
    const { args } = session;
    const text = args.at(-1);
    if (text === undefined) throw failure("one selector is required");
    const pairs = text.split(",").map((pair) => pair.split("=", 2));
    await changeEach(session, {
      args: args.slice(0, -1),
      operation: "selector updated",
      failed: "",
      skipSame: false,
      change(object) {
        if (object.kind !== "Service") {
          throw failure("setting a selector is only supported for Services");
        }
        object.spec.selector = Object.fromEntries(pairs);
      },
    });
  },
};

/** `kubectl set subject`. Source: kubernetes/kubectl pkg/cmd/set/set_subject.go. */
export const setSubject: Verb = {
  async run(session) {
    const { flags } = session;
    const apiGroup = "rbac.authorization.k8s.io";
    const sorted = (name: string) => [...new Set(flags.list(name))].sort();
    const subjects = [
      ...sorted("user").map((name) => ({ kind: "User", apiGroup, name })),
      ...sorted("group").map((name) => ({ kind: "Group", apiGroup, name })),
      ...sorted("serviceaccount").map((spec) => {
        const [namespace, name, ...rest] = spec.split(":");
        if (!name || rest.length > 0) {
          throw failure("serviceaccount must be <namespace>:<name>");
        }
        return { kind: "ServiceAccount", name, namespace: namespace || session.namespace };
      }),
    ];
    if (subjects.length === 0) {
      throw failure("you must specify at least one value of user, group or serviceaccount");
    }
    await changeEach(session, {
      args: session.args,
      operation: "subjects updated",
      failed: "failed to patch subjects to rolebinding: ",
      skipSame: true,
      change(object) {
        if (!object.kind.endsWith("RoleBinding")) {
          throw failure("setting subjects is only supported for RoleBinding/ClusterRoleBinding");
        }
        const binding: ObjectOf<"rolebindings.rbac.authorization.k8s.io"> = object;
        const present = binding.subjects ?? [];
        const isThere = (subject: models.Subject) =>
          present.some((each) => sameJson(each, subject));
        const added = subjects.filter((subject) => !isThere(subject));
        binding.subjects = [...present, ...added];
      },
    });
  },
};
