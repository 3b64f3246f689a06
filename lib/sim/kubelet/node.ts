import type { ClockScope, SeededRandom } from "../../base/mod.ts";
import { type Node, type Pod, Quantity } from "../../kube/mod.ts";
import type { Network, SimApi, StateFile } from "../seams.ts";
import type { ImageCatalog } from "./images.ts";
import { NodeCpu } from "./node_cpu.ts";
import { readJson } from "./records.ts";
import type { SharedMemory } from "./shared_memory.ts";
import type { VolumeStore } from "./volume_store.ts";

/** What the kubelets of all nodes share. */
export interface KubeletWorld {
  readonly clock: ClockScope;
  readonly random: SeededRandom;
  readonly api: SimApi;
  readonly network: Network;
  readonly state: StateFile;
  readonly catalog: ImageCatalog;
  readonly volumes: VolumeStore;
  readonly memory: SharedMemory;
  /** The API as a pod's service account. */
  apiFor(pod: Pod, programName: string): SimApi;
  /** What a service account's token file holds. */
  tokenFor(pod: Pod): string;
}

interface NodeRecord {
  /** The last host number given to a pod. */
  lastHost: number;
  /** Canonical names of pulled images. */
  images: string[];
}

const PREFIX = "kubelet/node/";

/** One node's addresses, image store and pull queue. */
export class NodeRuntime {
  readonly name: string;
  readonly ip: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly cpu: NodeCpu;
  readonly #prefix: string;
  readonly #record: NodeRecord;
  readonly #used = new Set<string>();
  #saved = "";
  /** Images are pulled one after another. */
  pullFreeAtMs = 0;
  /** Images whose download is under way or waits its turn. */
  readonly pulling = new Set<string>();

  constructor(node: Node, state: StateFile) {
    this.name = node.metadata.name;
    const addresses = node.status?.addresses ?? [];
    this.ip = addresses.find(({ type }) => type === "InternalIP")?.address ?? "0.0.0.0";
    this.cores = Quantity.parse(node.status?.capacity?.cpu ?? "1").asNumber();
    this.memoryBytes = Quantity.parse(node.status?.capacity?.memory ?? "0").asNumber();
    this.cpu = new NodeCpu(this.cores);
    this.#prefix = String(node.spec?.podCIDR ?? "10.244.0.0/24").replace(/\.\d+\/\d+$/, "");
    const saved = state.get(PREFIX + this.name);
    this.#saved = saved ?? "";
    const images = (node.status?.images ?? []).flatMap((image) => image.names ?? []);
    this.#record = readJson<NodeRecord>(saved) ?? { lastHost: 1, images };
  }

  has(image: string): boolean {
    return this.#record.images.includes(image);
  }

  keepImage(image: string): void {
    if (!this.has(image)) this.#record.images.push(image);
  }

  /** The addresses that pods may have. */
  get range(): string {
    return `${this.#prefix}.1-${this.#prefix}.254`;
  }

  /** The next free pod address, as the host-local plugin gives them: round the range. */
  allocate(): string | undefined {
    for (let tried = 0; tried < 253; tried++) {
      this.#record.lastHost = this.#record.lastHost >= 254 ? 2 : this.#record.lastHost + 1;
      const ip = `${this.#prefix}.${this.#record.lastHost}`;
      if (this.#used.has(ip)) continue;
      this.#used.add(ip);
      return ip;
    }
    return undefined;
  }

  /** Keeps an address that a resumed pod has. */
  occupy(ip: string): void {
    this.#used.add(ip);
  }

  free(ip: string): void {
    this.#used.delete(ip);
  }

  save(state: StateFile): void {
    const text = JSON.stringify(this.#record);
    if (text === this.#saved) return;
    state.put(PREFIX + this.name, text);
    this.#saved = text;
  }
}
