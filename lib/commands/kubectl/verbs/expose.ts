import {
  ApiError,
  groupKind,
  type KubeObject,
  type Loose,
  type models,
} from "../../../kube/mod.ts";
import { failure } from "../errors.ts";
import { dryRunOf } from "../report.ts";
import { findResources, type Info } from "../resources.ts";
import type { Session, Verb } from "../session.ts";
import { createObject } from "./generate.ts";
import { requireFlags } from "./scale.ts";

/** Source: kubernetes/kubectl pkg/polymorphichelpers/canbeexposed.go. */
const EXPOSABLE = new Set([
  "ReplicationController",
  "Service",
  "Pod",
  "Deployment.apps",
  "ReplicaSet.apps",
]);

/** `kubectl expose`. Source: kubernetes/kubectl pkg/cmd/expose/expose.go. */
export const expose: Verb = {
  async run(session) {
    const { flags } = session;
    const found = await findResources(session, { fetch: true, stopOnError: true });
    for (const info of found.infos) {
      if (!EXPOSABLE.has(groupKind(info.mapping))) {
        throw failure(`cannot expose a ${groupKind(info.mapping)}`);
      }
      await createObject(session, serviceFor(info, session), "exposed");
    }
    if (found.infos.length === 0 && dryRunOf(session) === "none") {
      throw failure(`couldn't find ${flags.list("filename").join(", ")}`);
    }
  },
};

function serviceFor({ object, mapping }: Info, { flags }: Session): KubeObject {
  const given = flags.string("selector");
  const { spec = {}, metadata } = object;
  const fromObject = mapping.kind === "Pod"
    ? metadata.labels
    : mapping.kind === "Service"
    ? spec.selector
    : spec.selector?.matchLabels ?? spec.selector;
  const expressions: Loose<models.LabelSelectorRequirement>[] = spec.selector?.matchExpressions ??
    [];
  if (given === "" && expressions.length > 0) {
    const shown = expressions.map(({ key, operator, values = [] }) =>
      `{Key:${key} Operator:${operator} Values:[${values.join(" ")}]}`
    );
    throw failure(
      `couldn't retrieve selectors via --selector flag or introspection: couldn't convert expressions - "[${
        shown.join(" ")
      }]" to map-based selector format`,
    );
  }
  const selector = given === ""
    ? fromObject
    : Object.fromEntries(given.split(",").map((pair) => pair.split("=", 2)));
  if (!selector || Object.keys(selector).length === 0) {
    throw failure(
      `couldn't retrieve selectors via --selector flag or introspection: the ${mapping.kind} has no labels and cannot be exposed`,
    );
  }
  const containers: Loose<models.Container>[] = spec.containers ??
    spec.template?.spec?.containers ??
    [];
  const declared = mapping.kind === "Service"
    ? (spec.ports as models.ServicePort[] ?? []).map(({ port }) => port)
    : containers.flatMap(({ ports = [] }) => ports.map(({ containerPort }) => containerPort));
  const ports = flags.string("port") === ""
    ? declared.map(String)
    : flags.string("port").split(",");
  if (ports.length === 0) {
    throw failure("couldn't find port via --port flag or introspection");
  }
  const target = flags.string("target-port");
  const type = flags.string("type");
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: flags.string("name") || metadata.name,
      ...(metadata.labels ? { labels: metadata.labels } : {}),
    },
    spec: {
      selector,
      ports: ports.map((port, index) => ({
        ...(ports.length > 1 ? { name: `port-${index + 1}` } : {}),
        port: Number(port),
        protocol: flags.string("protocol") || "TCP",
        targetPort: target === "" ? Number(port) : /^\d+$/.test(target) ? Number(target) : target,
      })),
      ...(type === "" ? {} : { type }),
    },
    status: { loadBalancer: {} },
  };
}

/** `kubectl autoscale`. Source: kubernetes/kubectl pkg/cmd/autoscale/autoscale.go. */
export const autoscale: Verb = {
  async run(session) {
    const { flags } = session;
    requireFlags(session, ["max"]);
    const max = flags.int("max");
    const min = flags.int("min");
    if (max < 1) throw failure(`--max=MAXPODS is required and must be at least 1, max: ${max}`);
    if (max < min) {
      throw failure(
        `--max=MAXPODS must be larger or equal to --min=MINPODS, max: ${max}, min: ${min}`,
      );
    }
    if (flags.changed("cpu-percent")) {
      session.err(
        "Flag --cpu-percent has been deprecated, Use --cpu with percentage or resource quantity format (e.g., '70%' for utilization or '500m' for milliCPU).\n",
      );
    }
    const percent = flags.int("cpu-percent");
    const cpu = flags.string("cpu") || (percent > 0 ? `${percent}%` : "");
    const metrics = [["cpu", cpu], ["memory", flags.string("memory")]]
      .filter(([, value]) => value !== "").map(([name, value]) => metricOf(name, value));
    const found = await findResources(session, { fetch: true, stopOnError: true });
    for (const { mapping, name } of found.infos) {
      if (!mapping.subresources.includes("scale")) {
        throw failure(
          `cannot autoscale a ${
            groupKind(found.infos[0].mapping)
          }: could not find scale subresource for ${mapping.group}/${mapping.version}, Resource=${mapping.resource} in discovery information`,
        );
      }
      const hpa: KubeObject = {
        apiVersion: "autoscaling/v2",
        kind: "HorizontalPodAutoscaler",
        metadata: { name: flags.string("name") || name },
        spec: {
          maxReplicas: max,
          ...(min > 0 ? { minReplicas: min } : {}),
          ...(metrics.length > 0 ? { metrics } : {}),
          scaleTargetRef: {
            apiVersion: mapping.group === ""
              ? mapping.version
              : `${mapping.group}/${mapping.version}`,
            kind: mapping.kind,
            name,
          },
        },
        status: { currentMetrics: null, desiredReplicas: 0 },
      };
      try {
        await createObject(session, hpa, "autoscaled");
      } catch (error) {
        // Upstream then tries autoscaling/v1, and tells of that.
        if (!(error instanceof ApiError) || cpu !== "") throw error;
        throw failure(
          "failed to create autoscaling/v2 HPA and the configuration is incompatible with autoscaling/v1: empty input",
        );
      }
    }
  },
};

function metricOf(name: string, value: string): unknown {
  const target = value.endsWith("%")
    ? { type: "Utilization", averageUtilization: Number(value.slice(0, -1)) }
    : { type: "AverageValue", averageValue: value };
  return { type: "Resource", resource: { name, target } };
}
