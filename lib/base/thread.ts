import { type Handlers, Peer, type Revive } from "./peer.ts";

/** As Deno's worker option takes them. */
export interface ThreadPermissions {
  read?: (string | URL)[];
  write?: (string | URL)[];
  net?: string[];
  env?: string[];
}

export interface ThreadOptions {
  name: string;
  /** What it needs; of net and env it gets what this thread has of them. */
  permissions: ThreadPermissions;
  handlers: Handlers;
  errors?: Record<string, Revive>;
  /** It ended by itself. */
  onDeath(reason: string): void;
}

/** A module on a thread of its own, behind a {@linkcode Peer}, with permissions of its own. */
export class Thread {
  readonly peer: Peer;
  readonly #worker: Worker;
  #ended = false;

  constructor(module: URL, options: ThreadOptions) {
    this.#worker = new Worker(module, {
      type: "module",
      name: options.name,
      // @ts-ignore Deno's own option, which its types have behind a flag.
      deno: { permissions: allowed(options.permissions) },
    });
    this.peer = new Peer(this.#worker, options);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      if (this.#ended) return;
      this.end(event.message);
      options.onDeath(event.message);
    };
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Gives it up; `reason` is what calls under way fail with. A thread that loops goes on until it is interrupted. */
  end(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#worker.terminate();
    this.peer.end(reason);
  }
}

/**
 * On a thread: what it throws where nobody waits for it is told with `tell`, and ends it. Nothing of it is printed, as
 * Deno would.
 */
export function endByAccident(tell: (reason: string) => void): void {
  for (const kind of ["unhandledrejection", "error"] as const) {
    self.addEventListener(kind, (event) => {
      event.preventDefault();
      const error = "reason" in event ? event.reason : (event as ErrorEvent).error;
      tell(String(error?.message ?? error));
      setTimeout(() => self.close(), 0);
    });
  }
}

/** A thread may have no more than the one that starts it. */
function allowed({ net = [], env = [], ...files }: ThreadPermissions) {
  const has = (descriptor: Deno.PermissionDescriptor) =>
    Deno.permissions.querySync(descriptor).state === "granted";
  return {
    ...files,
    net: net.filter((host) => has({ name: "net", host })),
    env: env.filter((variable) => has({ name: "env", variable })),
  };
}
