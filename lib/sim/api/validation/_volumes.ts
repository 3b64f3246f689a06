/**
 * The volumes of a pod, and where its containers mount them.
 * Source of every rule and text here: kubernetes/kubernetes pkg/apis/core/validation/validation.go
 * (ValidateVolumes, ValidateVolumeMounts, ValidateVolumeDevices).
 *
 * @module
 */
import type { Loose, models } from "../../../kube/mod.ts";
import type { Causes } from "./_causes.ts";
import { quantityOf } from "./_causes.ts";
import { checkClaimSpec } from "./_cluster.ts";
import { checkFieldRef, checkResourceRef, FILE_FIELDS } from "./_environment.ts";
import {
  checkDescendingPath,
  checkNoBacksteps,
  checkSubdomain,
  labelFaults,
  ranked,
} from "./_names.ts";

type Volume = Loose<models.Volume>;
type Volumes = ReadonlyMap<string, Volume>;
type Check<Source> = (causes: Causes, at: string, source: Source) => void;
type Source<K extends keyof models.Volume> = NonNullable<Volume[K]>;

const FILE_MODE = "must be a number between 0 and 0777 (octal), both inclusive";

function checkMode(causes: Causes, at: string, mode: number | undefined): void {
  if (mode !== undefined && (mode < 0 || mode > 0o777)) causes.invalid(at, mode, FILE_MODE);
}

/** What names have to be there, in this order. */
function required<Source extends object>(...names: (keyof Source & string)[]): Check<Source> {
  return (causes, at, source) => {
    for (const name of names) if (!source[name]) causes.required(`${at}.${name}`);
  };
}

const HOST_PATH_TYPES = [
  "",
  "BlockDevice",
  "CharDevice",
  "Directory",
  "DirectoryOrCreate",
  "File",
  "FileOrCreate",
  "Socket",
];

export function checkHostPath(
  causes: Causes,
  at: string,
  { path, type }: Loose<models.HostPathVolumeSource>,
): void {
  if (!path) return causes.required(`${at}.path`);
  checkNoBacksteps(causes, `${at}.path`, path);
  causes.oneOf(`${at}.type`, type, HOST_PATH_TYPES);
}

/** In upstream's order, which is that in which more than one is told of. */
const SOURCES: { [K in Exclude<keyof models.Volume, "name">]?: Check<Source<K>> } = {
  emptyDir: (causes, at, { sizeLimit }) => {
    const size = sizeLimit === undefined ? undefined : quantityOf(sizeLimit);
    if (!size || size.nano >= 0n) return;
    causes.forbidden(`${at}.sizeLimit`, "SizeLimit field must be a valid resource quantity");
  },
  hostPath: checkHostPath,
  gitRepo: required("repository"),
  gcePersistentDisk: (causes, at, { pdName }) => {
    // Upstream has another name for it.
    const named = at.replace(/gcePersistentDisk$/, "persistentDisk");
    if (!pdName) causes.required(`${named}.pdName`);
  },
  awsElasticBlockStore: required("volumeID"),
  secret: (causes, at, { secretName, defaultMode, items = [] }) => {
    if (!secretName) causes.required(`${at}.secretName`);
    checkMode(causes, `${at}.defaultMode`, defaultMode);
    items.forEach((item, i) => checkItem(causes, `${at}.items[${i}]`, item));
  },
  nfs: checkNfs,
  iscsi: required("targetPortal", "iqn"),
  glusterfs: required("endpoints", "path"),
  persistentVolumeClaim: required("claimName"),
  rbd: (causes, at, { monitors, image }) => {
    if (!monitors?.length) causes.required(`${at}.monitors`);
    if (!image) causes.required(`${at}.image`);
  },
  cinder: required("volumeID"),
  cephfs: (causes, at, { monitors }) => {
    if (!monitors?.length) causes.required(`${at}.monitors`);
  },
  downwardAPI: (causes, at, { defaultMode, items = [] }) => {
    checkMode(causes, `${at}.defaultMode`, defaultMode);
    items.forEach((item) => checkOwnFile(causes, at, item));
  },
  fc: (causes, at, { targetWWNs = [], wwids = [] }) => {
    const detail = "must specify either targetWWNs or wwids, but not both";
    if (targetWWNs.length === 0 && wwids.length === 0) {
      causes.required(`${at}.targetWWNs`, detail);
    } else if (targetWWNs.length > 0 && wwids.length > 0) {
      causes.invalid(`${at}.targetWWNs`, targetWWNs, detail);
    }
  },
  configMap: (causes, at, { name, defaultMode, items = [] }) => {
    if (!name) causes.required(`${at}.name`);
    checkMode(causes, `${at}.defaultMode`, defaultMode);
    items.forEach((item, i) => checkItem(causes, `${at}.items[${i}]`, item));
  },
  azureFile: required("secretName", "shareName"),
  azureDisk: (causes, at, { diskName, diskURI = "", kind }) => {
    if (!diskName) causes.required(`${at}.diskName`);
    if (!diskURI) causes.required(`${at}.diskURI`);
    else if (kind !== "Managed" && !diskURI.startsWith("https://")) {
      causes.unsupported(`${at}.diskURI`, diskURI, [
        "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd",
      ]);
    }
  },
  projected: checkProjected,
  csi: (causes, at, { driver }) => checkDriver(causes, `${at}.driver`, driver),
  ephemeral: (causes, at, { volumeClaimTemplate }) => {
    const here = `${at}.volumeClaimTemplate`;
    if (!volumeClaimTemplate) return causes.required(here);
    checkClaimSpec(causes, `${here}.spec`, volumeClaimTemplate.spec ?? {});
  },
  image: (causes, at, { reference, pullPolicy }) => {
    if (!reference) causes.required(`${at}.reference`);
    causes.oneOf(`${at}.pullPolicy`, pullPolicy, ["Always", "IfNotPresent", "Never"]);
  },
};

export function checkNfs(
  causes: Causes,
  at: string,
  { server, path = "" }: Loose<models.NFSVolumeSource>,
): void {
  if (!server) causes.required(`${at}.server`);
  if (!path) causes.required(`${at}.path`);
  if (!path.startsWith("/")) causes.invalid(`${at}.path`, path, "must be an absolute path");
}

/** Source: ValidateCSIDriverName. */
export function checkDriver(causes: Causes, at: string, driver: string | undefined): void {
  if (!driver) return causes.required(at);
  checkSubdomain(causes, at, driver.toLowerCase());
}

/** Gives the volumes by their names. */
export function checkVolumes(causes: Causes, at: string, volumes: Volume[]): Volumes {
  const known = new Map<string, Volume>();
  volumes.forEach((volume, i) => {
    const here = `${at}[${i}]`;
    checkSource(causes, here, volume);
    const { name } = volume;
    if (!name) return causes.required(`${here}.name`);
    for (const fault of labelFaults(name)) causes.invalid(`${here}.name`, name, fault);
    if (known.has(name)) causes.duplicate(`${here}.name`, name);
    known.set(name, volume);
  });
  return known;
}

function checkSource(causes: Causes, at: string, volume: Volume): void {
  const kinds = Object.keys(volume).filter((kind) => kind !== "name");
  const [first, ...more] = ranked(kinds, Object.keys(SOURCES));
  if (first) checkKind(causes, at, volume, first as keyof typeof SOURCES);
  for (const kind of more) {
    causes.forbidden(`${at}.${kind}`, "may not specify more than 1 volume type");
  }
}

function checkKind<K extends keyof typeof SOURCES>(
  causes: Causes,
  at: string,
  volume: Volume,
  kind: K,
): void {
  const check = SOURCES[kind] as Check<Source<K>> | undefined;
  check?.(causes, `${at}.${kind}`, volume[kind] as Source<K>);
}

/** Source: validateKeyToPath. */
function checkItem(
  causes: Causes,
  at: string,
  { key, path = "", mode }: Loose<models.KeyToPath>,
): void {
  if (!key) causes.required(`${at}.key`);
  if (!path) causes.required(`${at}.path`);
  checkOwnPath(causes, `${at}.path`, path);
  checkMode(causes, `${at}.mode`, mode);
}

/** Source: ValidateLocalNonReservedPath. */
function checkOwnPath(causes: Causes, at: string, path: string): void {
  checkDescendingPath(causes, at, path);
  if (/^\.\.(?!\/)./.test(path)) causes.invalid(at, path, "must not start with '..'");
}

/** Source: validateDownwardAPIVolumeFile. */
function checkOwnFile(
  causes: Causes,
  at: string,
  { path = "", fieldRef, resourceFieldRef, mode }: Loose<models.DownwardAPIVolumeFile>,
): void {
  if (!path) causes.required(`${at}.path`);
  checkOwnPath(causes, `${at}.path`, path);
  if (fieldRef) {
    checkFieldRef(causes, `${at}.fieldRef`, fieldRef, FILE_FIELDS);
    if (resourceFieldRef) {
      const detail = "fieldRef and resourceFieldRef can not be specified simultaneously";
      causes.invalid(at, "resource", detail);
    }
  } else if (resourceFieldRef) {
    checkResourceRef(causes, `${at}.resourceFieldRef`, resourceFieldRef, true);
  } else causes.required(at, "one of fieldRef and resourceFieldRef is required");
  checkMode(causes, `${at}.mode`, mode);
}

/** Source: validateProjectedVolumeSource. */
function checkProjected(
  causes: Causes,
  at: string,
  { defaultMode, sources = [] }: Loose<models.ProjectedVolumeSource>,
): void {
  checkMode(causes, `${at}.defaultMode`, defaultMode);
  const paths = new Set<string>();
  const claim = (path: string | undefined, shown: string | undefined) => {
    if (!path) return;
    if (paths.has(path)) causes.invalid(at, shown ?? "", "conflicting duplicate paths");
    paths.add(path);
  };
  sources.forEach((source, i) => {
    const here = `${at}.sources[${i}]`;
    for (const kind of ["secret", "configMap"] as const) {
      const given = source[kind];
      if (!given) continue;
      if (!given.name) causes.required(`${here}.${kind}.name`);
      (given.items ?? []).forEach((item, j) => {
        checkItem(causes, `${here}.${kind}.items[${j}]`, item);
        claim(item.path, given.name);
      });
    }
    for (const item of source.downwardAPI?.items ?? []) {
      checkOwnFile(causes, `${here}.downwardAPI`, item);
      claim(item.path, item.path);
    }
    if (source.serviceAccountToken) {
      checkToken(causes, [at, `${here}.serviceAccountToken`], source.serviceAccountToken);
    }
    if (Object.values(source).filter((given) => given !== undefined).length > 1) {
      causes.forbidden(here, "may not specify more than 1 volume type per source");
    }
  });
}

/** @param paths of the volume, under which upstream looks for the token's path, and of the token. */
function checkToken(
  causes: Causes,
  [volume, at]: [volume: string, at: string],
  { path, expirationSeconds: seconds = 3600 }: Loose<models.ServiceAccountTokenProjection>,
): void {
  const here = `${at}.expirationSeconds`;
  if (seconds < 600) {
    causes.invalid(here, seconds, "may not specify a duration less than 10 minutes");
  }
  if (seconds > 2 ** 32) {
    causes.invalid(here, seconds, "may not specify a duration larger than 2^32 seconds");
  }
  if (!path) causes.required(`${volume}.path`);
  else checkOwnPath(causes, `${volume}.path`, path);
}

export function checkMounts(
  causes: Causes,
  at: string,
  container: Loose<models.Container>,
  volumes: Volumes,
): void {
  const { volumeMounts = [], volumeDevices = [] } = container;
  const taken = new Set<string>();
  const deviceNames = new Set(volumeDevices.map((device) => device.name));
  const devicePaths = new Set(volumeDevices.map((device) => device.devicePath));
  volumeMounts.forEach((mount, i) => {
    const here = `${at}[${i}]`;
    const { name = "", mountPath = "", subPath, subPathExpr, mountPropagation } = mount;
    if (!name) causes.required(`${here}.name`);
    if (!volumes.has(name)) causes.notFound(`${here}.name`, name);
    if (!mountPath) causes.required(`${here}.mountPath`);
    if (taken.has(mountPath)) causes.invalid(`${here}.mountPath`, mountPath, "must be unique");
    taken.add(mountPath);
    if (deviceNames.has(name)) {
      causes.invalid(`${here}.name`, name, "must not already exist in volumeDevices");
    }
    if (devicePaths.has(mountPath)) {
      const detail = "must not already exist as a path in volumeDevices";
      causes.invalid(`${here}.mountPath`, mountPath, detail);
    }
    if (subPath) checkDescendingPath(causes, `${at}.subPath`, subPath);
    if (subPathExpr) {
      if (subPath) {
        const detail = "subPathExpr and subPath are mutually exclusive";
        causes.invalid(`${here}.subPathExpr`, subPathExpr, detail);
      }
      checkDescendingPath(causes, `${at}.subPathExpr`, subPathExpr);
    }
    const modes = ["Bidirectional", "HostToContainer", "None"];
    causes.oneOf(`${at}.mountPropagation`, mountPropagation, modes);
    if (mountPropagation === "Bidirectional" && !container.securityContext?.privileged) {
      const detail = "Bidirectional mount propagation is available only to privileged containers";
      causes.forbidden(`${at}.mountPropagation`, detail);
    }
    checkReadOnly(causes, `${at}.recursiveReadOnly`, mount);
  });
}

/** Source: validateMountRecursiveReadOnly. */
function checkReadOnly(causes: Causes, at: string, mount: Loose<models.VolumeMount>): void {
  const { recursiveReadOnly: mode, readOnly, mountPropagation = "None" } = mount;
  if (mode === undefined || mode === "Disabled") return;
  if (mode !== "Enabled" && mode !== "IfPossible") {
    return causes.unsupported(at, mode, ["Disabled", "Enabled", "IfPossible"]);
  }
  if (!readOnly) causes.forbidden(at, "may only be specified when readOnly is true");
  if (mountPropagation !== "None") {
    causes.forbidden(at, "may only be specified when mountPropagation is None or not specified");
  }
}

export function checkDevices(
  causes: Causes,
  at: string,
  { volumeDevices = [], volumeMounts = [] }: Pick<
    Loose<models.Container>,
    "volumeDevices" | "volumeMounts"
  >,
  volumes: Volumes,
): void {
  const names = new Set<string>();
  const paths = new Set<string>();
  const mountNames = new Set(volumeMounts.map((mount) => mount.name));
  const mountPaths = new Set(volumeMounts.map((mount) => mount.mountPath));
  volumeDevices.forEach(({ name = "", devicePath = "" }, i) => {
    const here = `${at}[${i}]`;
    const refuse = (field: string, value: string, detail: string) =>
      causes.invalid(`${here}.${field}`, value, detail);
    if (!name) causes.required(`${here}.name`);
    if (names.has(name)) refuse("name", name, "must be unique");
    const volume = volumes.get(name);
    if (volume && !volume.persistentVolumeClaim && !volume.ephemeral) {
      const detail =
        "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
      refuse("name", name, detail);
    }
    if (!volume) causes.notFound(`${here}.name`, name);
    if (!devicePath) causes.required(`${here}.devicePath`);
    if (paths.has(devicePath)) refuse("devicePath", devicePath, "must be unique");
    if (devicePath.split("/").includes("..")) {
      refuse("devicePath", devicePath, "can not contain backsteps ('..')");
    } else paths.add(devicePath);
    if (mountNames.has(name)) {
      refuse("name", name, "must not already exist in volumeMounts");
    }
    if (mountPaths.has(devicePath)) {
      refuse("devicePath", devicePath, "must not already exist as a path in volumeMounts");
    }
    if (name) names.add(name);
  });
}
