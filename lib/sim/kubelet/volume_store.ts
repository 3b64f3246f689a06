import type { models } from "../../kube/mod.ts";
import type { StateFile } from "../seams.ts";
import { readJson } from "./records.ts";
import type { Files } from "./volumes.ts";

const PREFIX = "kubelet/volume/";

/** The files of volumes that outlive a pod: those behind claims, and the directories of a node. */
export class VolumeStore {
  readonly #volumes = new Map<string, { files: Files; saved: string }>();

  constructor(private readonly state: StateFile) {}

  /** The files of a volume as they are; what is changed in them is kept. */
  open(key: string): Files {
    let volume = this.#volumes.get(key);
    if (!volume) {
      const saved = this.state.get(PREFIX + key) ?? "{}";
      this.#volumes.set(key, volume = { files: readJson<Files>(saved) ?? {}, saved });
    }
    return volume.files;
  }

  /** Forgets a volume that has been deleted. */
  drop(key: string): void {
    this.#volumes.delete(key);
    this.state.delete(PREFIX + key);
  }

  save(state: StateFile): void {
    for (const [key, volume] of this.#volumes) {
      const text = JSON.stringify(volume.files);
      if (text === volume.saved) continue;
      state.put(PREFIX + key, text);
      volume.saved = text;
    }
  }
}

/** Where the files of a pod's volume are kept; undefined when they go with the pod. */
export function volumeKey(
  volume: models.Volume,
  place: { node: string; claimVolume: (claim: string) => string | undefined; pod: string },
): string | undefined {
  if (volume.hostPath) return `host/${place.node}${volume.hostPath.path}`;
  const claim = volume.persistentVolumeClaim?.claimName ??
    (volume.ephemeral ? `${place.pod}-${volume.name}` : undefined);
  const bound = claim === undefined ? undefined : place.claimVolume(claim);
  return bound === undefined ? undefined : `claim/${bound}`;
}
