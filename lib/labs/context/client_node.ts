import type { RequestOptions } from "node:https";

/** What is used of client-node's KubeConfig. Source: kubernetes-client/javascript src/config.ts, config_types.ts. */
export interface KubeConfig {
  clusters: Named<{ server: string; skipTLSVerify: boolean; proxyUrl?: string }>[];
  users: Named<{ token?: string; exec?: Program }>[];
  contexts: Named<{ cluster: string; user: string; namespace?: string }>[];
  /** What is wrong in itself is left out with `filter`. */
  loadFromString(text: string, options: { onInvalidEntry: "filter" | "throw" }): void;
  makePathsAbsolute(folder: string): void;
  setCurrentContext(name: string): void;
  getCurrentCluster(): KubeConfig["clusters"][number] | null;
  getCurrentUser(): KubeConfig["users"][number] | null;
  addAuthenticator(authenticator: Authenticator): void;
  /** Adds certificates, who one is and the agent to use. Errors: what files and programs give. */
  applyToHTTPSOptions(options: Options): Promise<void>;
}

type Named<T> = { name: string } & T;

interface Program {
  apiVersion?: string;
  command: string;
  env?: { name: string; value: string }[];
}

interface Authenticator {
  isAuthProvider(user: { name: string }): boolean;
  applyAuthentication(user: { name: string }, options: Options): Promise<void>;
}

/** Options of a request, as far as they are filled in. */
export type Options = RequestOptions & { headers?: Record<string, string | string[]> };
