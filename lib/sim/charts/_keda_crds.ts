import type { Manifest } from "../../kube/mod.ts";
import { JOB_TYPES } from "./_keda_job_types.ts";
import { crd, type CrdParts, type NamedTypes } from "./_schema.ts";

const names: NamedTypes = {
  ...JOB_TYPES,
  FromSecret: `{ valueFrom!: { secretKeyRef!: { key!: string, name!: string } } }`,
  PodIdentity: `{
    externalID: string, identityAuthorityHost: string, identityId: string,
    identityOwner: (keda | workload), identityTenantId: string,
    provider!: (azure-workload | gcp | aws | aws-eks | none), roleArn: string,
  }`,
  AuthenticationRef:
    `{ kind: (TriggerAuthentication | ClusterTriggerAuthentication), name!: string }`,
  Conditions: `{ message: string, reason: string, status!: string, type!: string }[]`,
  ScalingRules: `{
    policies: { periodSeconds!: integer, type!: string, value!: integer }[], selectPolicy: string,
    stabilizationWindowSeconds: integer(0..3600), tolerance: intOrString,
  }`,
  EventType:
    `(keda.scaledobject.ready.v1 | keda.scaledobject.failed.v1 | keda.scaledobject.removed.v1 | keda.scaledobject.paused.v1 | keda.scaledobject.unpaused.v1 | keda.scaledjob.ready.v1 | keda.scaledjob.failed.v1 | keda.scaledjob.removed.v1 | keda.scaledjob.paused.v1 | keda.scaledjob.unpaused.v1 | keda.scaledjob.rolloutcleanup.started.v1 | keda.scaledjob.rolloutcleanup.completed.v1 | keda.scaledjob.rolloutcleanup.failed.v1 | keda.authentication.triggerauthentication.created.v1 | keda.authentication.triggerauthentication.updated.v1 | keda.authentication.triggerauthentication.removed.v1 | keda.authentication.clustertriggerauthentication.created.v1 | keda.authentication.clustertriggerauthentication.updated.v1 | keda.authentication.clustertriggerauthentication.removed.v1)`,
  TriggerAuthenticationSpec: `{
    awsSecretManager: {
      credentials: { accessKey!: FromSecret, accessSecretKey!: FromSecret, accessToken: FromSecret },
      podIdentity: PodIdentity, region: string,
      secrets!: {
        name!: string, parameter!: string, secretKey: string, versionId: string,
        versionStage: string,
      }[](1..),
    },
    azureKeyVault: {
      cloud: { activeDirectoryEndpoint: string, keyVaultResourceURL: string, type!: string },
      credentials: { clientId!: string, clientSecret!: FromSecret, tenantId!: string },
      podIdentity: PodIdentity,
      secrets!: { name!: string, parameter!: string, version: string }[](1..), vaultUri!: string,
    },
    boundServiceAccountToken: { parameter!: string, serviceAccountName!: string }[],
    configMapTargetRef: { key!: string, name!: string, parameter!: string }[], env: any[],
    filePath: string,
    gcpSecretManager: {
      credentials: { clientSecret!: FromSecret }, podIdentity: PodIdentity,
      secrets!: { id!: string, parameter!: string, version: string }[](1..),
    },
    hashiCorpVault: {
      address!: string, authentication!: (token | kubernetes),
      credential: { serviceAccount: string, serviceAccountName: string, token: string },
      mount: string, namespace: string, role: string,
      secrets!: {
        key!: string, parameter!: string, path!: string,
        pkiData: {
          altNames: string, commonName: string, format: string, ipSans: string, otherSans: string,
          ttl: string, uriSans: string,
        },
        type: ("" | secretV2 | secret | pki),
      }[](1..),
    },
    oauth2: {
      clientId!: string, clientSecret: FromSecret, scopes: string[], tokenUrl!: string,
      tokenUrlParams: map<string>, type!: (clientCredentials) = "clientCredentials",
    },
    podIdentity: PodIdentity,
    secretTargetRef: { key!: string, name!: string, parameter!: string }[],
  }`,
  CloudEventSourceSpec: `{
    authenticationRef: AuthenticationRef, clusterName: string,
    destination!: { azureEventGridTopic: { endpoint!: string }, http: { uri!: string } },
    eventSubscription: { excludedEventTypes: EventType[], includedEventTypes: EventType[] },
  }`,
};

const definitions: (Omit<CrdParts, "group"> & { group?: string })[] = [
  {
    kind: "CloudEventSource",
    plural: "cloudeventsources",
    version: "v1alpha1",
    group: "eventing.keda.sh",
    columns: [
      ["Active", "string", '.status.conditions[?(@.type=="Active")].status'],
    ],
    spec: `CloudEventSourceSpec`,
    status: `{ conditions: Conditions }`,
  },
  {
    kind: "ClusterCloudEventSource",
    plural: "clustercloudeventsources",
    version: "v1alpha1",
    group: "eventing.keda.sh",
    scope: "Cluster",
    columns: [
      ["Active", "string", '.status.conditions[?(@.type=="Active")].status'],
    ],
    spec: `CloudEventSourceSpec`,
    status: `{ conditions: Conditions }`,
  },
  {
    kind: "ClusterTriggerAuthentication",
    plural: "clustertriggerauthentications",
    version: "v1alpha1",
    shortNames: ["cta", "clustertriggerauth"],
    scope: "Cluster",
    columns: [
      ["PodIdentity", "string", ".spec.podIdentity.provider"],
      ["Secret", "string", ".spec.secretTargetRef[*].name"],
      ["Env", "string", ".spec.env[*].name"],
      ["FilePath", "string", ".spec.filePath"],
      ["VaultAddress", "string", ".spec.hashiCorpVault.address"],
      ["ScaledObjects", "string", ".status.scaledobjects", 1],
      ["ScaledJobs", "string", ".status.scaledjobs", 1],
    ],
    spec: `TriggerAuthenticationSpec`,
    status: `{ scaledjobs: string, scaledobjects: string }`,
  },
  {
    kind: "ScaledJob",
    plural: "scaledjobs",
    version: "v1alpha1",
    shortNames: ["sj"],
    columns: [
      ["Min", "integer", ".spec.minReplicaCount"],
      ["Max", "integer", ".spec.maxReplicaCount"],
      ["Ready", "string", '.status.conditions[?(@.type=="Ready")].status'],
      ["Active", "string", '.status.conditions[?(@.type=="Active")].status'],
      ["Paused", "string", '.status.conditions[?(@.type=="Paused")].status'],
      ["Triggers", "string", ".status.triggersTypes"],
      ["Authentications", "string", ".status.authenticationsTypes"],
      ["Age", "date", ".metadata.creationTimestamp"],
    ],
    specRequired: false,
    spec: `{
      envSourceContainerName: string, failedJobsHistoryLimit: integer(0..), jobTargetRef!: JobSpec,
      maxReplicaCount: integer(1..), minReplicaCount: integer(0..), pollingInterval: integer(1..),
      rollout: { propagationPolicy: (foreground | background), strategy: (gradual | immediate) },
      rolloutStrategy: (gradual | immediate),
      scalingStrategy: {
        customScalingQueueLengthDeduction: integer, customScalingRunningJobPercentage: string,
        multipleScalersCalculation: (min | avg | sum | max), pendingPodConditions: string[],
        strategy: (default | custom | accurate | eager),
      },
      successfulJobsHistoryLimit: integer(0..),
      triggers!: {
        authenticationRef: AuthenticationRef, metadata!: map<string>, name: string,
        type!: string(1..), useCachedMetrics: boolean,
      }[](1..),
    }`,
    status: `{
      Paused: string, authenticationsTypes: string, conditions: Conditions,
      externalMetricNames: string[], lastActiveTime: string,
      triggersActivity: map<{ isActive: boolean }>, triggersTypes: string,
    }`,
  },
  {
    kind: "ScaledObject",
    plural: "scaledobjects",
    version: "v1alpha1",
    shortNames: ["so"],
    columns: [
      ["ScaleTargetKind", "string", ".status.scaleTargetKind"],
      ["ScaleTargetName", "string", ".spec.scaleTargetRef.name"],
      ["Min", "integer", ".spec.minReplicaCount"],
      ["Max", "integer", ".spec.maxReplicaCount"],
      ["Ready", "string", '.status.conditions[?(@.type=="Ready")].status'],
      ["Active", "string", '.status.conditions[?(@.type=="Active")].status'],
      ["Fallback", "string", '.status.conditions[?(@.type=="Fallback")].status'],
      ["Paused", "string", '.status.conditions[?(@.type=="Paused")].status'],
      ["Triggers", "string", ".status.triggersTypes"],
      ["Authentications", "string", ".status.authenticationsTypes"],
      ["Age", "date", ".metadata.creationTimestamp"],
    ],
    spec: `{
      advanced: {
        horizontalPodAutoscalerConfig: { behavior: { scaleDown: ScalingRules, scaleUp: ScalingRules }, name: string },
        restoreToOriginalReplicaCount: boolean,
        scalingModifiers: {
          activationTarget: string, formula: string, metricType: (AverageValue | Value),
          target: string,
        },
      },
      cooldownPeriod: integer(0..),
      fallback: {
        behavior: (static | currentReplicas | currentReplicasIfHigher | currentReplicasIfLower | scalingModifiers) = "static",
        failureThreshold!: integer(0..), replicas!: integer(0..),
      },
      idleReplicaCount: integer(0..), initialCooldownPeriod: integer(0..),
      maxReplicaCount: integer(1..), minReplicaCount: integer(0..), pollingInterval: integer(1..),
      scaleTargetRef!: { apiVersion: string, envSourceContainerName: string, kind: string, name!: string(1..) },
      triggers!: {
        authenticationRef: AuthenticationRef, metadata!: map<string>, metricType: string,
        name: string, type!: string(1..), useCachedMetrics: boolean,
      }[](1..),
    }`,
    status: `{
      authenticationsTypes: string, compositeScalerName: string, conditions: Conditions,
      externalMetricNames: string[], health: map<{ numberOfFailures: integer, status: string }>,
      hpaName: string, lastActiveTime: string, originalReplicaCount: integer,
      pausedReplicaCount: integer, resourceMetricNames: string[],
      scaleTargetGVKR: { group!: string, kind!: string, resource!: string, version!: string },
      scaleTargetKind: string, triggersActivity: map<{ isActive: boolean }>,
      triggersTypes: string,
    }`,
  },
  {
    kind: "TriggerAuthentication",
    plural: "triggerauthentications",
    version: "v1alpha1",
    shortNames: ["ta", "triggerauth"],
    columns: [
      ["PodIdentity", "string", ".spec.podIdentity.provider"],
      ["Secret", "string", ".spec.secretTargetRef[*].name"],
      ["Env", "string", ".spec.env[*].name"],
      ["VaultAddress", "string", ".spec.hashiCorpVault.address"],
      ["ScaledObjects", "string", ".status.scaledobjects", 1],
      ["ScaledJobs", "string", ".status.scaledjobs", 1],
    ],
    spec: `TriggerAuthenticationSpec`,
    status: `{ scaledjobs: string, scaledobjects: string }`,
  },
];

/**
 * The keda.sh and eventing.keda.sh CustomResourceDefinitions of the KEDA chart.
 * Source: kedacore/charts keda/templates/crds (2.20.2).
 * Differs: descriptions and the CEL rule are left out.
 */
export function kedaCrds(
  metadata: { labels: Record<string, string>; annotations: Record<string, string> },
): Manifest[] {
  made ??= definitions.map((parts) => crd({ group: "keda.sh", ...parts }, names));
  const annotations = {
    "controller-gen.kubebuilder.io/version": "v0.21.0",
    ...metadata.annotations,
  };
  return made.map((definition) => ({
    ...definition,
    metadata: { name: definition.metadata.name, annotations, labels: metadata.labels },
  }));
}

/** Written once: a chart is rendered often, and a Job has many fields. */
let made: readonly Manifest[] | undefined;
