import { type models, Quantity } from "../../../kube/mod.ts";
import { defaultPullPolicy } from "../../image_reference.ts";
import { fallback, quantityOrNone } from "./_defaulting.ts";

export function podTemplate(spec: { template?: models.PodTemplateSpec }): void {
  fallback(spec, { template: {} });
  fallback(spec.template, { metadata: {} });
  if (spec.template.spec) podSpec(spec.template.spec);
}

export function podSpec(spec: models.PodSpec | undefined): void {
  if (!spec) return;
  fallback(spec, {
    restartPolicy: "Always",
    dnsPolicy: "ClusterFirst",
    schedulerName: "default-scheduler",
    securityContext: {},
    terminationGracePeriodSeconds: 30,
  });
  if (spec.terminationGracePeriodSeconds! < 0) spec.terminationGracePeriodSeconds = 1;
  amounts(spec.overhead);
  amounts(spec.resources?.limits);
  amounts(spec.resources?.requests);
  if (spec.serviceAccountName) fallback(spec, { serviceAccount: spec.serviceAccountName });
  else if (spec.serviceAccount) spec.serviceAccountName = spec.serviceAccount;
  const { initContainers = [], containers = [], ephemeralContainers = [] } = spec;
  for (const container of [...initContainers, ...containers, ...ephemeralContainers]) {
    containerDefaults(container);
  }
  for (const volume of spec.volumes ?? []) volumeDefaults(volume);
}

function containerDefaults(container: models.Container | models.EphemeralContainer): void {
  fallback(container, {
    imagePullPolicy: defaultPullPolicy(String(container.image ?? "")),
    resources: {},
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
  });
  for (const port of container.ports ?? []) {
    fallback(port, { protocol: "TCP" });
  }
  amounts(container.resources.limits);
  amounts(container.resources.requests);
  for (const name of ["livenessProbe", "readinessProbe", "startupProbe"] as const) {
    const probe: models.Probe | undefined = container[name];
    if (probe) probeDefaults(probe);
  }
  const { postStart, preStop } = container.lifecycle ?? {};
  for (const hook of [postStart, preStop]) if (hook?.httpGet) httpGetDefaults(hook.httpGet);
  for (const variable of container.env ?? []) {
    const field = variable.valueFrom?.fieldRef;
    if (field) fallback(field, { apiVersion: "v1" });
    const resource = variable.valueFrom?.resourceFieldRef;
    if (resource) fallback(resource, { divisor: "0" });
  }
}

/** A number of a probe that is 0 says nothing. Source: kubernetes/kubernetes pkg/apis/core/v1/defaults.go (SetDefaults_Probe). */
function probeDefaults(probe: models.Probe): void {
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  if (probe.httpGet) httpGetDefaults(probe.httpGet);
  if (probe.grpc) probe.grpc.service ??= "";
}

function httpGetDefaults(action: models.HTTPGetAction): void {
  action.path ||= "/";
  action.scheme ||= "HTTP";
}

/** Amounts are of thousandths at the finest, and round away from zero. Source: as above (SetDefaults_ResourceList). */
function amounts(list: Record<string, models.Quantity> | undefined): void {
  for (const [name, value] of Object.entries(list ?? {})) {
    const parsed = quantityOrNone(value);
    if (!parsed || parsed.nano % 1_000_000n === 0n) continue;
    const milli = parsed.nano / 1_000_000n + (parsed.nano > 0n ? 1n : -1n);
    list![name] = Quantity.parse(`${milli}m`).toString();
  }
}

function fieldRefs(items: models.DownwardAPIVolumeFile[] = []): void {
  for (const { fieldRef, resourceFieldRef } of items) {
    if (fieldRef) fallback(fieldRef, { apiVersion: "v1" });
    if (resourceFieldRef) fallback(resourceFieldRef, { divisor: "0" });
  }
}

function volumeDefaults(volume: models.Volume): void {
  const { configMap, secret, projected, downwardAPI, rbd, scaleIO, azureDisk, iscsi } = volume;
  for (const source of [configMap, secret, projected, downwardAPI]) {
    if (source) fallback(source, { defaultMode: 420 });
  }
  fieldRefs(downwardAPI?.items);
  for (const source of projected?.sources ?? []) {
    fieldRefs(source.downwardAPI?.items);
    const token = source.serviceAccountToken;
    if (token) fallback(token, { expirationSeconds: 3600 });
  }
  if (volume.hostPath) fallback(volume.hostPath, { type: "" });
  if (iscsi) iscsi.iscsiInterface ||= "default";
  if (rbd) fallback(rbd, { pool: "rbd", user: "admin", keyring: "/etc/ceph/keyring" });
  if (scaleIO) fallback(scaleIO, { storageMode: "ThinProvisioned", fsType: "xfs" });
  if (azureDisk) {
    fallback(azureDisk, {
      cachingMode: "ReadWrite",
      kind: "Shared",
      fsType: "ext4",
      readOnly: false,
    });
  }
  const claim = volume.ephemeral?.volumeClaimTemplate;
  if (claim) {
    claim.spec ??= {} as models.PersistentVolumeClaimSpec;
    fallback(claim.spec, { volumeMode: "Filesystem" });
  }
  const sources = Object.keys(volume).filter((key) => key !== "name");
  if (sources.length === 0) volume.emptyDir = {};
}
