import { inOwnWords } from "./errors.ts";
import { KubeClient } from "../../kube/mod.ts";
import type { CommandIo } from "../command.ts";
import { checkConnection } from "./connection.ts";
import { Flags } from "./flags.ts";
import { Mapper } from "./mapper.ts";

/** What one run of kubectl works with: its flags, the server, and where its text goes. */
export class Session {
  readonly client: KubeClient;
  #mapper: Promise<Mapper> | undefined;

  constructor(readonly command: string, readonly flags: Flags, readonly io: CommandIo) {
    this.client = new KubeClient(io.lab.api, {
      onWarning: (text) => io.err(`Warning: ${text}\n`),
      signal: io.signal,
      before: () => checkConnection(flags, io),
      headers: impersonation(flags),
      userAgent: "kubectl/v1.36.3 (linux/amd64) kubernetes/lab",
      translate: inOwnWords,
    });
  }

  /** The arguments that are not flags. */
  get args(): readonly string[] {
    return this.flags.args;
  }

  /** The namespace requests go to. */
  get namespace(): string {
    return this.flags.string("namespace") || this.io.lab.namespace || "default";
  }

  /** Whether `-n` was given. */
  get explicitNamespace(): boolean {
    return this.flags.string("namespace") !== "";
  }

  get allNamespaces(): boolean {
    return this.flags.bool("all-namespaces");
  }

  /** What the server serves; asked once. */
  mapper(): Promise<Mapper> {
    return this.#mapper ??= Mapper.discover(
      this.client,
      (text) => this.io.err(`Warning: ${text}\n`),
    );
  }

  out(text: string): void {
    this.io.out(text);
  }

  err(text: string): void {
    this.io.err(text);
  }
}

/** Source: kubernetes/client-go transport/round_trippers.go (impersonatingRoundTripper). */
function impersonation(flags: Flags): [name: string, value: string][] {
  const user = flags.string("as");
  const uid = flags.string("as-uid");
  return [
    ...(user ? [["Impersonate-User", user] as [string, string]] : []),
    ...(uid ? [["Impersonate-Uid", uid] as [string, string]] : []),
    ...flags.list("as-group").map((group): [string, string] => ["Impersonate-Group", group]),
  ];
}

/** A kubectl command: `get`, `rollout status`. Errors end the run: CliError, ApiError, ManyErrors. */
export interface Verb {
  run(session: Session): Promise<void>;
}
