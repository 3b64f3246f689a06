import type { Container, models } from "../../kube/mod.ts";
import type { ContainerRecord } from "./records.ts";
import type { KubeletWorld } from "./node.ts";
import { ContainerFiles, type Mount } from "./filesystem.ts";
import { expand } from "./env.ts";
import type { RunningPod, Volumes } from "./running_pod.ts";
import { volumeKey } from "./volume_store.ts";
import { type Files, MountError, volumeFiles, volumeSources, type VolumeWorld } from "./volumes.ts";

/** The kubelet looks at a running pod's volumes about once a minute. */
const REFRESH_MS = 60_000;

/** The volumes of one pod: mounted once, refreshed when their objects change. */
export class PodVolumes implements Volumes {
  readonly #content = new Map<string, Files>();
  #refreshing = false;

  constructor(private readonly world: KubeletWorld, private readonly worker: RunningPod) {}

  /** Reads every volume. Errors: MountError. */
  mount(): void {
    for (const volume of this.worker.pod.spec?.volumes ?? []) {
      const files = volumeFiles(this.world.api, this.#world(), volume);
      if (files) this.#content.set(volume.name, files);
      else if (!this.#lasting(volume)) this.worker.record.scratch[volume.name] ??= {};
    }
  }

  /** The files of a volume that outlives the pod. */
  #lasting(volume: models.Volume): Files | undefined {
    const { pod, node } = this.worker;
    const key = volumeKey(volume, {
      node: node.name,
      pod: pod.metadata.name,
      claimVolume: (claim) =>
        this.world.api.get("persistentvolumeclaims", pod.metadata.namespace!, claim)?.spec
          .volumeName,
    });
    return key === undefined ? undefined : this.world.volumes.open(key);
  }

  /** An object changed: a running pod sees it at the kubelet's next look. */
  changed(source: string): void {
    if (this.#refreshing || !this.worker.record.ip) return;
    if (!volumeSources(this.worker.pod).has(source)) return;
    this.#refreshing = true;
    this.worker.after(1000 + this.world.random.int(REFRESH_MS), () => {
      this.#refreshing = false;
      this.remount(({ message }) => this.worker.event("Warning", "FailedMount", message));
    });
  }

  /** Reads every volume again; of what has gone since, what was mounted stays, and `onGone` is told. */
  remount(onGone: (error: MountError) => void = () => {}): void {
    for (const volume of this.worker.pod.spec?.volumes ?? []) {
      try {
        const files = volumeFiles(this.world.api, this.#world(), volume);
        if (files) this.#content.set(volume.name, files);
      } catch (error) {
        if (!(error instanceof MountError)) throw error;
        onGone(error);
      }
    }
  }

  view(
    container: Container,
    own: ContainerRecord,
    env: Readonly<Record<string, string>>,
  ): ContainerFiles {
    const mounts = (container.volumeMounts ?? []).map((mount) => this.#mount(mount, own, env));
    return new ContainerFiles(mounts, own.files);
  }

  #mount(
    mount: models.VolumeMount,
    own: ContainerRecord,
    env: Readonly<Record<string, string>>,
  ): Mount {
    const path = mount.mountPath.replace(/\/+$/, "") || "/";
    const subPath = (mount.subPathExpr ? expand(mount.subPathExpr, env) : mount.subPath ?? "")
      .replace(/^\/|\/$/g, "");
    const volume = this.worker.pod.spec?.volumes?.find(({ name }) => name === mount.name);
    const scratch = (volume && this.#lasting(volume)) ?? this.worker.record.scratch[mount.name];
    if (scratch) {
      const write = (file: string, text: string) => {
        scratch[file] = text;
      };
      const remove = (file: string) => {
        delete scratch[file];
      };
      return { path, subPath, files: () => scratch, ...(mount.readOnly ? {} : { write, remove }) };
    }
    if (subPath !== "") {
      // A subPath is bound to the file as it was, and never follows its object.
      own.subPaths[path] ??= { ...this.#content.get(mount.name) };
      return { path, subPath, files: () => own.subPaths[path] };
    }
    return { path, subPath, files: () => this.#content.get(mount.name) ?? {} };
  }

  #world(): VolumeWorld {
    const { pod, node, record } = this.worker;
    const token = this.world.tokenFor(pod);
    return { pod, podIp: record.ip ?? "", nodeIp: node.ip, token };
  }
}
