import { METRICS_GROUPS } from "../../autoscale/mod.ts";
import type { KubeObject, Pod } from "../../kube/mod.ts";
import type { Asker, Cluster } from "../cluster.ts";
import { lazy, orUnseen } from "../reads.ts";
import { findScaled, type Scaled } from "../scaled.ts";
import { installLine } from "./installs.ts";
import { operatorComplaint, type OperatorWords, saidByOperator } from "./keda_words.ts";

/** The resources of ScaledObjects and ScaledJobs. */
export const SCALED_OBJECTS = "keda.sh/v1alpha1/scaledobjects";
export const SCALED_JOBS = "keda.sh/v1alpha1/scaledjobs";

/** What installs KEDA. */
export const INSTALL_KEDA = installLine("keda", "--namespace keda --create-namespace");

/** The APIService by which HPAs ask KEDA. */
export const EXTERNAL = `v1beta1.${METRICS_GROUPS.external}`;

/** A trigger of a ScaledObject or ScaledJob. */
export interface Trigger {
  type: string;
  name?: string;
  metricType?: string;
  metadata?: Record<string, string>;
  authenticationRef?: { name: string; kind?: string };
}

/** A ScaledObject or a ScaledJob, who works on it, and what it scales. */
export class KedaWalk {
  readonly kind: "ScaledObject" | "ScaledJob" = "ScaledObject";
  readonly scaled: () => Promise<Scaled>;
  readonly operators: () => Promise<Pod[]>;
  /** What the operator's log complains of. Errors: NotSeen. */
  readonly operatorWords: () => Promise<OperatorWords | undefined>;

  constructor(readonly cluster: Cluster, readonly object: KubeObject) {
    this.scaled = lazy(() => this.findScaled());
    this.operators = lazy(() => this.#operators());
    this.operatorWords = lazy(async () =>
      await operatorComplaint(cluster.reads, await this.operators(), {
        kind: this.kind,
        metadata: object.metadata,
      })
    );
  }

  /** What is scaled. Errors: NotSeen. */
  protected async findScaled(): Promise<Scaled> {
    const { apiVersion = "apps/v1", kind = "Deployment", name } = this.object.spec.scaleTargetRef;
    return await findScaled(this.cluster, this.namespace, { apiVersion, kind, name });
  }

  /** As kubectl takes one: `scaledobject`. */
  get command(): string {
    return this.kind.toLowerCase();
  }

  /** As kubectl takes all of them: `scaledobjects.keda.sh`. */
  get resource(): string {
    return `${this.command}s.keda.sh`;
  }

  /** Why KEDA cannot work on it: its condition; of a ScaledJob, whose condition has no cause, its log too. Errors: NotSeen. */
  async refusal(): Promise<string> {
    return await Promise.resolve(saidByOperator(this.object));
  }

  get namespace(): string {
    return this.object.metadata.namespace ?? "";
  }

  get triggers(): Trigger[] {
    return this.object.spec?.triggers ?? [];
  }

  async apiService(): Promise<KubeObject | undefined> {
    return await this.cluster.apiService(EXTERNAL);
  }

  /** The Deployment of the operator, where it is called as its chart and manifests call it. Errors: NotSeen. */
  async operatorDeployment(): Promise<KubeObject | undefined> {
    const behind = (await this.apiService())?.spec?.service;
    if (!behind) return undefined;
    return (await this.cluster.reads.list("apps/v1/deployments", behind.namespace))
      .find(({ metadata }) => metadata.name === "keda-operator");
  }

  /** Whose pod asks what triggers name. Errors: NotSeen. */
  async asker(): Promise<Asker> {
    const namespace = (await this.apiService())?.spec?.service?.namespace;
    const pods = await orUnseen(() => this.operators()) ?? [];
    return {
      ...(namespace === undefined ? {} : { namespace }),
      isAlone: pods.length > 0 && pods.every(({ spec }) => spec?.containers.length === 1),
    };
  }

  async #operators(): Promise<Pod[]> {
    const behind = (await this.apiService())?.spec?.service;
    if (!behind) return [];
    return (await this.cluster.reads.list<Pod>("v1/pods", behind.namespace)).filter((
      { metadata },
    ) => metadata.labels?.app === "keda-operator" && !metadata.deletionTimestamp);
  }
}
