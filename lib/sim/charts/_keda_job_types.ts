import type { NamedTypes } from "./_schema.ts";

/** The fields of every container. */
const CONTAINER = `
  args: string[], command: string[], env: EnvVar[], envFrom: EnvFromSource[], image: string,
  imagePullPolicy: string, lifecycle: Lifecycle, livenessProbe: Probe, name!: string,
  ports: ContainerPort[], readinessProbe: Probe, resizePolicy: ResizePolicy[],
  resources: ResourceRequirements, restartPolicy: string, restartPolicyRules: RestartPolicyRule[],
  securityContext: SecurityContext, startupProbe: Probe, stdin: boolean, stdinOnce: boolean,
  terminationMessagePath: string, terminationMessagePolicy: string, tty: boolean,
  volumeDevices: { devicePath!: string, name!: string }[], volumeMounts: VolumeMount[],
  workingDir: string,
`;

/**
 * What the CustomResourceDefinition of ScaledJobs says a Job may be: a Job as KEDA's client knows it, of Kubernetes 1.35.
 * Source: kedacore/keda config/crd/bases/keda.sh_scaledjobs.yaml, config/crd/patches/scaledjob_patch.yaml.
 */
export const JOB_TYPES: NamedTypes = {
  FieldSelector: `{ apiVersion: string, fieldPath!: string }`,
  SecurityProfile: `{ localhostProfile: string, type!: string }`,
  KeyToPath: `{ key!: string, mode: integer, path!: string }`,
  ResizePolicy: `{ resourceName!: string, restartPolicy!: string }`,
  SelectorRequirement: `{ key!: string, operator!: string, values: string[] }`,
  KeySelector: `{ key!: string, name: string = "", optional: boolean }`,
  ProjectedKeys: `{ items: KeyToPath[], name: string = "", optional: boolean }`,
  SeLinuxOptions: `{ level: string, role: string, type: string, user: string }`,
  LabelSelector: `{ matchExpressions: SelectorRequirement[], matchLabels: map<string> }`,
  ResourceFieldSelector: `{ containerName: string, divisor: intOrString, resource!: string }`,
  NodeSelectorTerm: `{
    matchExpressions: SelectorRequirement[], matchFields: SelectorRequirement[],
  }`,
  RestartPolicyRule: `{ action!: string, exitCodes: { operator!: string, values: integer[] } }`,
  FileKeySelector: `{
    key!: string, optional: boolean = false, path!: string, volumeName!: string,
  }`,
  DownwardFile: `{
    fieldRef: FieldSelector, mode: integer, path!: string,
    resourceFieldRef: ResourceFieldSelector,
  }`,
  ContainerPort: `{
    containerPort!: integer, hostIP: string, hostPort: integer, name: string,
    protocol: string = "TCP",
  }`,
  ResourceRequirements: `{
    claims: { name!: string, request: string }[], limits: map<intOrString>,
    requests: map<intOrString>,
  }`,
  TemplateMeta: `{
    annotations: map<string>, finalizers: string[], labels: map<string>, name: string,
    namespace: string,
  }`,
  WindowsOptions: `{
    gmsaCredentialSpec: string, gmsaCredentialSpecName: string, hostProcess: boolean,
    runAsUserName: string,
  }`,
  HttpGetAction: `{
    host: string, httpHeaders: { name!: string, value!: string }[], path: string,
    port!: intOrString, scheme: string,
  }`,
  EnvFromSource: `{
    configMapRef: { name: string = "", optional: boolean }, prefix: string,
    secretRef: { name: string = "", optional: boolean },
  }`,
  LifecycleHandler: `{
    exec: { command: string[] }, httpGet: HttpGetAction, sleep: { seconds!: integer },
    tcpSocket: { host: string, port!: intOrString },
  }`,
  Lifecycle: `{ postStart: LifecycleHandler, preStop: LifecycleHandler, stopSignal: string }`,
  EnvVarSource: `{
    configMapKeyRef: KeySelector, fieldRef: FieldSelector, fileKeyRef: FileKeySelector,
    resourceFieldRef: ResourceFieldSelector, secretKeyRef: KeySelector,
  }`,
  EnvVar: `{ name!: string, value: string, valueFrom: EnvVarSource }`,
  VolumeMount: `{
    mountPath!: string, mountPropagation: string, name!: string, readOnly: boolean,
    recursiveReadOnly: string, subPath: string, subPathExpr: string,
  }`,
  PodAffinityTerm: `{
    labelSelector: LabelSelector, matchLabelKeys: string[], mismatchLabelKeys: string[],
    namespaceSelector: LabelSelector, namespaces: string[], topologyKey!: string,
  }`,
  WeightedPodAffinityTerm: `{ podAffinityTerm!: PodAffinityTerm, weight!: integer }`,
  PodAffinity: `{
    preferredDuringSchedulingIgnoredDuringExecution: WeightedPodAffinityTerm[],
    requiredDuringSchedulingIgnoredDuringExecution: PodAffinityTerm[],
  }`,
  Probe: `{
    exec: { command: string[] }, failureThreshold: integer,
    grpc: { port!: integer, service: string = "" }, httpGet: HttpGetAction,
    initialDelaySeconds: integer, periodSeconds: integer, successThreshold: integer,
    tcpSocket: { host: string, port!: intOrString }, terminationGracePeriodSeconds: integer,
    timeoutSeconds: integer,
  }`,
  SecurityContext: `{
    allowPrivilegeEscalation: boolean, appArmorProfile: SecurityProfile,
    capabilities: { add: string[], drop: string[] }, privileged: boolean, procMount: string,
    readOnlyRootFilesystem: boolean, runAsGroup: integer, runAsNonRoot: boolean,
    runAsUser: integer, seLinuxOptions: SeLinuxOptions, seccompProfile: SecurityProfile,
    windowsOptions: WindowsOptions,
  }`,
  Container: `{ ${CONTAINER} }`,
  EphemeralContainer: `{ ${CONTAINER} targetContainerName: string }`,
  Volume: `{
    awsElasticBlockStore: {
      fsType: string, partition: integer, readOnly: boolean, volumeID!: string,
    },
    azureDisk: {
      cachingMode: string, diskName!: string, diskURI!: string, fsType: string = "ext4",
      kind: string, readOnly: boolean = false,
    },
    azureFile: { readOnly: boolean, secretName!: string, shareName!: string },
    cephfs: {
      monitors!: string[], path: string, readOnly: boolean, secretFile: string,
      secretRef: { name: string = "" }, user: string,
    },
    cinder: {
      fsType: string, readOnly: boolean, secretRef: { name: string = "" }, volumeID!: string,
    },
    configMap: { defaultMode: integer, items: KeyToPath[], name: string = "", optional: boolean },
    csi: {
      driver!: string, fsType: string, nodePublishSecretRef: { name: string = "" },
      readOnly: boolean, volumeAttributes: map<string>,
    },
    downwardAPI: { defaultMode: integer, items: DownwardFile[] },
    emptyDir: { medium: string, sizeLimit: intOrString },
    ephemeral: {
      volumeClaimTemplate: {
        metadata: TemplateMeta,
        spec!: {
          accessModes: string[], dataSource: { apiGroup: string, kind!: string, name!: string },
          dataSourceRef: { apiGroup: string, kind!: string, name!: string, namespace: string },
          resources: { limits: map<intOrString>, requests: map<intOrString> },
          selector: LabelSelector, storageClassName: string, volumeAttributesClassName: string,
          volumeMode: string, volumeName: string,
        },
      },
    },
    fc: {
      fsType: string, lun: integer, readOnly: boolean, targetWWNs: string[], wwids: string[],
    },
    flexVolume: {
      driver!: string, fsType: string, options: map<string>, readOnly: boolean,
      secretRef: { name: string = "" },
    },
    flocker: { datasetName: string, datasetUUID: string },
    gcePersistentDisk: { fsType: string, partition: integer, pdName!: string, readOnly: boolean },
    gitRepo: { directory: string, repository!: string, revision: string },
    glusterfs: { endpoints!: string, path!: string, readOnly: boolean },
    hostPath: { path!: string, type: string }, image: { pullPolicy: string, reference: string },
    iscsi: {
      chapAuthDiscovery: boolean, chapAuthSession: boolean, fsType: string, initiatorName: string,
      iqn!: string, iscsiInterface: string = "default", lun!: integer, portals: string[],
      readOnly: boolean, secretRef: { name: string = "" }, targetPortal!: string,
    },
    name!: string, nfs: { path!: string, readOnly: boolean, server!: string },
    persistentVolumeClaim: { claimName!: string, readOnly: boolean },
    photonPersistentDisk: { fsType: string, pdID!: string },
    portworxVolume: { fsType: string, readOnly: boolean, volumeID!: string },
    projected: {
      defaultMode: integer,
      sources: {
        clusterTrustBundle: {
          labelSelector: LabelSelector, name: string, optional: boolean, path!: string,
          signerName: string,
        },
        configMap: ProjectedKeys, downwardAPI: { items: DownwardFile[] },
        podCertificate: {
          certificateChainPath: string, credentialBundlePath: string, keyPath: string,
          keyType!: string, maxExpirationSeconds: integer, signerName!: string,
          userAnnotations: map<string>,
        },
        secret: ProjectedKeys,
        serviceAccountToken: { audience: string, expirationSeconds: integer, path!: string },
      }[],
    },
    quobyte: {
      group: string, readOnly: boolean, registry!: string, tenant: string, user: string,
      volume!: string,
    },
    rbd: {
      fsType: string, image!: string, keyring: string = "/etc/ceph/keyring", monitors!: string[],
      pool: string = "rbd", readOnly: boolean, secretRef: { name: string = "" },
      user: string = "admin",
    },
    scaleIO: {
      fsType: string = "xfs", gateway!: string, protectionDomain: string, readOnly: boolean,
      secretRef!: { name: string = "" }, sslEnabled: boolean,
      storageMode: string = "ThinProvisioned", storagePool: string, system!: string,
      volumeName: string,
    },
    secret: { defaultMode: integer, items: KeyToPath[], optional: boolean, secretName: string },
    storageos: {
      fsType: string, readOnly: boolean, secretRef: { name: string = "" }, volumeName: string,
      volumeNamespace: string,
    },
    vsphereVolume: {
      fsType: string, storagePolicyID: string, storagePolicyName: string, volumePath!: string,
    },
  }`,
  PodSpec: `{
    activeDeadlineSeconds: integer,
    affinity: {
      nodeAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: {
          preference!: NodeSelectorTerm, weight!: integer,
        }[],
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms!: NodeSelectorTerm[],
        },
      },
      podAffinity: PodAffinity, podAntiAffinity: PodAffinity,
    },
    automountServiceAccountToken: boolean, containers!: Container[],
    dnsConfig: {
      nameservers: string[], options: { name: string, value: string }[], searches: string[],
    },
    dnsPolicy: string, enableServiceLinks: boolean, ephemeralContainers: EphemeralContainer[],
    hostAliases: { hostnames: string[], ip!: string }[], hostIPC: boolean, hostNetwork: boolean,
    hostPID: boolean, hostUsers: boolean, hostname: string, hostnameOverride: string,
    imagePullSecrets: { name: string = "" }[], initContainers: Container[], nodeName: string,
    nodeSelector: map<string>, os: { name!: string }, overhead: map<intOrString>,
    preemptionPolicy: string, priority: integer, priorityClassName: string,
    readinessGates: { conditionType!: string }[],
    resourceClaims: {
      name!: string, resourceClaimName: string, resourceClaimTemplateName: string,
    }[],
    resources: ResourceRequirements, restartPolicy: string, runtimeClassName: string,
    schedulerName: string, schedulingGates: { name!: string }[],
    securityContext: {
      appArmorProfile: SecurityProfile, fsGroup: integer, fsGroupChangePolicy: string,
      runAsGroup: integer, runAsNonRoot: boolean, runAsUser: integer, seLinuxChangePolicy: string,
      seLinuxOptions: SeLinuxOptions, seccompProfile: SecurityProfile,
      supplementalGroups: integer[], supplementalGroupsPolicy: string,
      sysctls: { name!: string, value!: string }[], windowsOptions: WindowsOptions,
    },
    serviceAccount: string, serviceAccountName: string, setHostnameAsFQDN: boolean,
    shareProcessNamespace: boolean, subdomain: string, terminationGracePeriodSeconds: integer,
    tolerations: {
      effect: string, key: string, operator: string, tolerationSeconds: integer, value: string,
    }[],
    topologySpreadConstraints: {
      labelSelector: LabelSelector, matchLabelKeys: string[], maxSkew!: integer,
      minDomains: integer, nodeAffinityPolicy: string, nodeTaintsPolicy: string,
      topologyKey!: string, whenUnsatisfiable!: string,
    }[],
    volumes: Volume[],
    workloadRef: { name!: string, podGroup!: string, podGroupReplicaKey: string },
  }`,
  JobSpec: `{
    activeDeadlineSeconds: integer, backoffLimit: integer, backoffLimitPerIndex: integer,
    completionMode: string, completions: integer, managedBy: string, manualSelector: boolean,
    maxFailedIndexes: integer, parallelism: integer,
    podFailurePolicy: {
      rules!: {
        action!: string,
        onExitCodes: { containerName: string, operator!: string, values!: integer[] },
        onPodConditions: { status: string, type!: string }[],
      }[],
    },
    podReplacementPolicy: string, selector: LabelSelector,
    successPolicy: { rules!: { succeededCount: integer, succeededIndexes: string }[] },
    suspend: boolean, template!: { metadata: any, spec: PodSpec },
    ttlSecondsAfterFinished: integer,
  }`,
};
