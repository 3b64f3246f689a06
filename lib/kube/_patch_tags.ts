import type { PatchMeta } from "./_patch_meta.ts";

/**
 * The fields that strategic merge patch treats in a way of their own, and those that lead there, by type; `Object` is a
 * kind that has none but its metadata's. Written by tests/kube/write_patch_tags.ts from the published schemas, which have
 * them from the patchStrategy and patchMergeKey tags of kubernetes/api.
 */
export const PATCH_TAGS: Record<string, Record<string, PatchMeta>> = {
  APIService: {
    metadata: { type: "ObjectMeta" },
    status: { type: "APIServiceStatus" },
  },
  APIServiceStatus: {
    conditions: { strategy: "merge", mergeKey: "type" },
  },
  CSINode: {
    metadata: { type: "ObjectMeta" },
    spec: { type: "CSINodeSpec" },
  },
  CSINodeSpec: {
    drivers: { strategy: "merge", mergeKey: "name" },
  },
  ComponentStatus: {
    conditions: { strategy: "merge", mergeKey: "type" },
    metadata: { type: "ObjectMeta" },
  },
  Container: {
    env: { strategy: "merge", mergeKey: "name" },
    ports: { strategy: "merge", mergeKey: "containerPort" },
    volumeDevices: { strategy: "merge", mergeKey: "devicePath" },
    volumeMounts: { strategy: "merge", mergeKey: "mountPath" },
  },
  CronJob: {
    metadata: { type: "ObjectMeta" },
    spec: { type: "CronJobSpec" },
  },
  CronJobSpec: {
    jobTemplate: { type: "JobTemplateSpec" },
  },
  DaemonSet: {
    metadata: { type: "ObjectMeta" },
    spec: { type: "DaemonSetSpec" },
    status: { type: "DaemonSetStatus" },
  },
  DaemonSetSpec: {
    template: { type: "PodTemplateSpec" },
  },
  DaemonSetStatus: {
    conditions: { strategy: "merge", mergeKey: "type" },
  },
  Deployment: {
    metadata: { type: "ObjectMeta" },
    spec: { type: "DeploymentSpec" },
    status: { type: "DeploymentStatus" },
  },
  DeploymentSpec: {
    strategy: { retainKeys: true },
    template: { type: "PodTemplateSpec" },
  },
  DeploymentStatus: {
    conditions: { strategy: "merge", mergeKey: "type" },
  },
  EphemeralContainer: {
    env: { strategy: "merge", mergeKey: "name" },
    ports: { strategy: "merge", mergeKey: "containerPort" },
    volumeDevices: { strategy: "merge", mergeKey: "devicePath" },
    volumeMounts: { strategy: "merge", mergeKey: "mountPath" },
  },
  EphemeralVolumeSource: {
    volumeClaimTemplate: { type: "PersistentVolumeClaimTemplate" },
  },
  FlowSchema: {
    metadata: { type: "ObjectMeta" },
    status: { type: "FlowSchemaStatus" },
  },
  FlowSchemaStatus: {
    conditions: { strategy: "merge", mergeKey: "type" },
  },
  HorizontalPodAutoscaler: {
    metadata: { type: "ObjectMeta" },
    status: { type: "HorizontalPodAutoscalerStatus" },
  },
  HorizontalPodAutoscalerStatus: {
    conditions: { strategy: "merge", mergeKey: "type" },
  },
  Job: {
    metadata: { type: "ObjectMeta" },
    spec: { type: "JobSpec" },
    status: { type: "JobStatus" },
  },
  JobSpec: {
    template: { type: "PodTemplateSpec" },
  },
  JobStatus: {
    conditions: { strategy: "merge", mergeKey: "type" },
  },
  JobTemplateSpec: {
    metadata: { type: "ObjectMeta" },
    spec: { type: "JobSpec" },
  },
  MutatingAdmissionPolicy: {
    metadata: { type: "ObjectMeta" },
    spec: { type: "MutatingAdmissionPolicySpec" },
  },
  MutatingAdmissionPolicySpec: {
    matchConditions: { strategy: "merge", mergeKey: "name" },
  },
  MutatingWebhook: {
    matchConditions: { strategy: "merge", mergeKey: "name" },
  },
  MutatingWebhookConfiguration: {
    metadata: { type: "ObjectMeta" },
    webhooks: { strategy: "merge", mergeKey: "name", type: "MutatingWebhook" },
  },
  Namespace: {
    metadata: { type: "ObjectMeta" },
    status: { type: "NamespaceStatus" },
  },
  NamespaceStatus: {
    conditions: { strategy: "merge", mergeKey: "type" },
  },
  Node: {
    metadata: { type: "ObjectMeta" },
    spec: { type: "NodeSpec" },
    status: { type: "NodeStatus" },
  },
  NodeSpec: {
    podCIDRs: { strategy: "merge" },
  },
  NodeStatus: {
    addresses: { strategy: "merge", mergeKey: "type" },
    conditions: { strategy: "merge", mergeKey: "type" },
  },
  Object: {
    metadata: { type: "ObjectMeta" },
  },
  ObjectMeta: {
    finalizers: { strategy: "merge" },
    ownerReferences: { strategy: "merge", mergeKey: "uid" },
  },
  PersistentVolumeClaim: {
    metadata: { type: "ObjectMeta" },
    status: { type: "PersistentVolumeClaimStatus" },
  },
  PersistentVolumeClaimStatus: {
    conditions: { strategy: "merge", mergeKey: "type" },
  },
  PersistentVolumeClaimTemplate: {
    metadata: { type: "ObjectMeta" },
  },
  Pod: {
    metadata: { type: "ObjectMeta" },
    spec: { type: "PodSpec" },
    status: { type: "PodStatus" },
  },
  PodDisruptionBudget: {
    metadata: { type: "ObjectMeta" },
    spec: { type: "PodDisruptionBudgetSpec" },
    status: { type: "PodDisruptionBudgetStatus" },
  },
  PodDisruptionBudgetSpec: {
    selector: { strategy: "replace" },
  },
  PodDisruptionBudgetStatus: {
    conditions: { strategy: "merge", mergeKey: "type" },
  },
  PodSpec: {
    containers: { strategy: "merge", mergeKey: "name", type: "Container" },
    ephemeralContainers: { strategy: "merge", mergeKey: "name", type: "EphemeralContainer" },
    hostAliases: { strategy: "merge", mergeKey: "ip" },
    imagePullSecrets: { strategy: "merge", mergeKey: "name" },
    initContainers: { strategy: "merge", mergeKey: "name", type: "Container" },
    resourceClaims: { strategy: "merge", mergeKey: "name", retainKeys: true },
    schedulingGates: { strategy: "merge", mergeKey: "name" },
    topologySpreadConstraints: { strategy: "merge", mergeKey: "topologyKey" },
    volumes: { strategy: "merge", mergeKey: "name", retainKeys: true, type: "Volume" },
  },
  PodStatus: {
    conditions: { strategy: "merge", mergeKey: "type" },
    hostIPs: { strategy: "merge", mergeKey: "ip" },
    podIPs: { strategy: "merge", mergeKey: "ip" },
    resourceClaimStatuses: { strategy: "merge", mergeKey: "name", retainKeys: true },
  },
  PodTemplate: {
    metadata: { type: "ObjectMeta" },
    template: { type: "PodTemplateSpec" },
  },
  PodTemplateSpec: {
    metadata: { type: "ObjectMeta" },
    spec: { type: "PodSpec" },
  },
  PriorityLevelConfiguration: {
    metadata: { type: "ObjectMeta" },
    status: { type: "PriorityLevelConfigurationStatus" },
  },
  PriorityLevelConfigurationStatus: {
    conditions: { strategy: "merge", mergeKey: "type" },
  },
  ReplicaSet: {
    metadata: { type: "ObjectMeta" },
    spec: { type: "ReplicaSetSpec" },
    status: { type: "ReplicaSetStatus" },
  },
  ReplicaSetSpec: {
    template: { type: "PodTemplateSpec" },
  },
  ReplicaSetStatus: {
    conditions: { strategy: "merge", mergeKey: "type" },
  },
  ReplicationController: {
    metadata: { type: "ObjectMeta" },
    spec: { type: "ReplicationControllerSpec" },
    status: { type: "ReplicationControllerStatus" },
  },
  ReplicationControllerSpec: {
    template: { type: "PodTemplateSpec" },
  },
  ReplicationControllerStatus: {
    conditions: { strategy: "merge", mergeKey: "type" },
  },
  ResourceClaim: {
    metadata: { type: "ObjectMeta" },
    status: { type: "ResourceClaimStatus" },
  },
  ResourceClaimStatus: {
    reservedFor: { strategy: "merge", mergeKey: "uid" },
  },
  ResourceClaimTemplate: {
    metadata: { type: "ObjectMeta" },
    spec: { type: "ResourceClaimTemplateSpec" },
  },
  ResourceClaimTemplateSpec: {
    metadata: { type: "ObjectMeta" },
  },
  Service: {
    metadata: { type: "ObjectMeta" },
    spec: { type: "ServiceSpec" },
    status: { type: "ServiceStatus" },
  },
  ServiceAccount: {
    metadata: { type: "ObjectMeta" },
    secrets: { strategy: "merge", mergeKey: "name" },
  },
  ServiceCIDR: {
    metadata: { type: "ObjectMeta" },
    status: { type: "ServiceCIDRStatus" },
  },
  ServiceCIDRStatus: {
    conditions: { strategy: "merge", mergeKey: "type" },
  },
  ServiceSpec: {
    ports: { strategy: "merge", mergeKey: "port" },
  },
  ServiceStatus: {
    conditions: { strategy: "merge", mergeKey: "type" },
  },
  StatefulSet: {
    metadata: { type: "ObjectMeta" },
    spec: { type: "StatefulSetSpec" },
    status: { type: "StatefulSetStatus" },
  },
  StatefulSetSpec: {
    template: { type: "PodTemplateSpec" },
  },
  StatefulSetStatus: {
    conditions: { strategy: "merge", mergeKey: "type" },
  },
  ValidatingAdmissionPolicy: {
    metadata: { type: "ObjectMeta" },
    spec: { type: "ValidatingAdmissionPolicySpec" },
  },
  ValidatingAdmissionPolicySpec: {
    matchConditions: { strategy: "merge", mergeKey: "name" },
    variables: { strategy: "merge", mergeKey: "name" },
  },
  ValidatingWebhook: {
    matchConditions: { strategy: "merge", mergeKey: "name" },
  },
  ValidatingWebhookConfiguration: {
    metadata: { type: "ObjectMeta" },
    webhooks: { strategy: "merge", mergeKey: "name", type: "ValidatingWebhook" },
  },
  Volume: {
    ephemeral: { type: "EphemeralVolumeSource" },
  },
};
