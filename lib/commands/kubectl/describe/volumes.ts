import type { Loose, models } from "../../../kube/mod.ts";
import type { DescriptionWriter } from "./writer.ts";

/** The volumes of a pod or a template. Source: kubernetes/kubectl pkg/describe/describe.go (describeVolumes). */
export function describeVolumes(
  volumes: Loose<models.Volume>[] | undefined,
  w: DescriptionWriter,
  space: string,
): void {
  if (!volumes?.length) return w.write(0, `${space}Volumes:\t<none>\n`);
  w.write(0, `${space}Volumes:\n`);
  for (const volume of volumes) {
    w.write(1, `${space === "" ? "" : " "}${volume.name}:\n`);
    describeSource(volume, w);
  }
}

/** Where a volume of a pod, or a PersistentVolume, comes from. */
export function describeSource(
  volume: Loose<models.Volume & models.PersistentVolumeSpec>,
  w: DescriptionWriter,
): void {
  const fields = (type: string, ...rest: [name: string, value: unknown][]) => {
    w.write(2, `Type:\t${type}\n`);
    for (const [name, value] of rest) w.field(2, name, value);
  };
  const { hostPath, emptyDir, secret, configMap, persistentVolumeClaim: claim } = volume;
  if (hostPath) {
    fields(
      "HostPath (bare host directory volume)",
      ["Path", hostPath.path],
      ["HostPathType", hostPath.type ?? "<none>"],
    );
  } else if (volume.nfs) {
    fields(
      "NFS (an NFS mount that lasts the lifetime of a pod)",
      ["Server", volume.nfs.server],
      ["Path", volume.nfs.path],
      ["ReadOnly", volume.nfs.readOnly ?? false],
    );
  } else if (volume.local) {
    fields(
      "LocalVolume (a persistent volume backed by local storage on a node)",
      ["Path", volume.local.path],
    );
  } else if (volume.csi?.volumeHandle !== undefined) {
    fields(
      "CSI (a Container Storage Interface (CSI) volume source)",
      ["Driver", volume.csi.driver],
      ["FSType", volume.csi.fsType ?? ""],
      ["VolumeHandle", volume.csi.volumeHandle],
      ["ReadOnly", volume.csi.readOnly ?? false],
    );
    w.labels("VolumeAttributes", volume.csi.volumeAttributes, "    ", "\t");
  } else if (emptyDir) {
    fields(
      "EmptyDir (a temporary directory that shares a pod's lifetime)",
      ["Medium", emptyDir.medium ?? ""],
      ["SizeLimit", emptyDir.sizeLimit ?? "<unset>"],
    );
  } else if (secret) {
    fields(
      "Secret (a volume populated by a Secret)",
      ["SecretName", secret.secretName],
      ["Optional", secret.optional ?? false],
    );
  } else if (configMap) {
    fields(
      "ConfigMap (a volume populated by a ConfigMap)",
      ["Name", configMap.name],
      ["Optional", configMap.optional ?? false],
    );
  } else if (claim) {
    fields(
      "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
      ["ClaimName", claim.claimName],
      ["ReadOnly", claim.readOnly ?? false],
    );
  } else if (volume.downwardAPI) describeDownward(volume.downwardAPI, w);
  else if (volume.projected) describeProjected(volume.projected, w);
  else w.write(1, "<unknown>\n");
}

function describeDownward(
  source: Loose<models.DownwardAPIVolumeSource>,
  w: DescriptionWriter,
): void {
  w.write(2, "Type:\tDownwardAPI (a volume populated by information about the pod)\n    Items:\n");
  for (const { fieldRef, resourceFieldRef, path } of source.items ?? []) {
    if (fieldRef) w.write(3, `${fieldRef.fieldPath} -> ${path}\n`);
    if (resourceFieldRef) w.write(3, `${resourceFieldRef.resource} -> ${path}\n`);
  }
}

function describeProjected(
  projected: Loose<models.ProjectedVolumeSource>,
  w: DescriptionWriter,
): void {
  w.write(2, "Type:\tProjected (a volume that contains injected data from multiple sources)\n");
  for (const { secret, downwardAPI, configMap, serviceAccountToken } of projected.sources ?? []) {
    if (secret) {
      w.field(2, "SecretName", secret.name);
      w.field(2, "Optional", secret.optional ?? false);
    } else if (downwardAPI) w.field(2, "DownwardAPI", "true");
    else if (configMap) {
      w.field(2, "ConfigMapName", configMap.name);
      w.field(2, "Optional", configMap.optional ?? false);
    } else if (serviceAccountToken) {
      w.field(2, "TokenExpirationSeconds", serviceAccountToken.expirationSeconds);
    }
  }
}
