import type { VirtualClock } from "../../base/mod.ts";
import type { HttpResponse, Network, SimApi } from "../seams.ts";
import type { RemoteVersion } from "./discovery.ts";

export class Aggregator {
  constructor(_parts: { api: SimApi; network: Network; clock: VirtualClock }) {}

  serves(_group: string, _version: string): boolean {
    return false;
  }

  remoteVersions(): RemoteVersion[] {
    return [];
  }

  proxy(_request: { method: string; path: string; headers: Record<string, string>; body: string }): HttpResponse {
    return { status: 503, headers: {}, body: "service unavailable\n" };
  }
}
