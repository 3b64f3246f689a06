import { messageOf } from "../base/mod.ts";
import { pageOf } from "./asked.ts";
import type { HostPort } from "./lab.ts";
import { openHostPort, type OpenPort } from "./ports.ts";

/** How long a request from outside waits before it is told that the cluster is busy, in wall milliseconds. */
const ANSWER_MS = 1_500;
/** How long one that changes something waits: longer than the longest step, for who changes has to know the outcome. */
export const CHANGE_MS = 10_000;
const LOOK_EVERY_MS = 100;
/** How long the cluster may stay silent before a request is told so. */
const BUSY_MS = 1_000;
/** Of how many pages it is known when they were opened. */
const MAX_PAGES = 200;

/** What the doors lead to. */
export interface Inside {
  /** Whether this machine's ports are opened at all. */
  readonly hostPorts: boolean;
  isClosing(): boolean;
  /** How long the cluster has given no sign of life, in wall milliseconds, and what it is at. */
  silentMs(): number;
  doing(): string | undefined;
  /** Lab time, in Unix milliseconds. */
  now(): number;
  /** Somebody is there. */
  touch(): void;
  /** Answers a request to a node's port. */
  http(request: Request): Promise<Response>;
  tell(
    notice: { kind: "ports"; ports: HostPort[] } | {
      kind: "fault";
      where: string;
      message: string;
    },
  ): void;
}

/** The ports of this machine that are the lab's, who came in by them, and how long anybody outside is kept waiting. */
export class Doors {
  #ports: OpenPort[] = [];
  /** Those of which it was told where they are, or that they cannot be opened. */
  readonly #told = new Set<string>();
  /** When each page was last opened by this machine's ports, in lab time; the latest last. */
  readonly #pages = new Map<string, number>();
  #moved: Promise<void> = Promise.resolve();

  constructor(private readonly inside: Inside) {}

  get ports(): readonly HostPort[] {
    return this.#ports;
  }

  /** Settled when the ports are where they were last told to be. */
  get moved(): Promise<void> {
    return this.#moved;
  }

  /** Opens these ports, and closes the others. */
  move(ports: readonly number[]): void {
    if (!this.inside.hostPorts) return;
    const moved = this.#moved.then(async () => {
      const wanted = this.inside.isClosing() ? [] : ports;
      const gone = this.#ports.filter(({ port }) => !wanted.includes(port));
      this.#ports = this.#ports.filter((open) => !gone.includes(open));
      await Promise.all(gone.map((port) => port.close()));
      for (const port of wanted) {
        if (this.#ports.some((open) => open.port === port)) continue;
        this.#ports.push(await openHostPort(port, (request) => this.#visit(request)));
      }
      const untold = this.#ports.filter((open) =>
        (open.state !== "open" || open.at !== undefined) && !this.#told.has(nameOf(open))
      );
      for (const open of untold) this.#told.add(nameOf(open));
      if (untold.length > 0) this.inside.tell({ kind: "ports", ports: untold });
    });
    this.#moved = moved.catch((error) =>
      this.inside.tell({ kind: "fault", where: "node ports", message: messageOf(error) })
    );
  }

  /** The pages that were opened since a lab time. */
  pagesOpened(sinceMs: number): readonly string[] {
    return [...this.#pages].filter(([, atMs]) => atMs >= sinceMs).map(([page]) => page);
  }

  async #visit(request: Request): Promise<Response> {
    this.inside.touch();
    const page = pageOf(request.url);
    this.#pages.delete(page);
    this.#pages.set(page, this.inside.now());
    if (this.#pages.size > MAX_PAGES) this.#pages.delete(this.#pages.keys().next().value!);
    const { inLabTime } = await import("./_foreign_now.ts");
    const sent = await inLabTime(request, { labMs: this.inside.now(), wallMs: Date.now() });
    return await this.promptly(
      sent,
      (signal) => this.inside.http(new Request(sent, { signal })),
      () =>
        new Response(`The lab is busy${this.at}. Try again in a moment.\n`, {
          status: 503,
          headers: { "content-type": "text/plain; charset=utf-8", "retry-after": "1" },
        }),
    );
  }

  /** What the cluster is at, behind words that say so. */
  get at(): string {
    const doing = this.inside.doing();
    return doing === undefined ? "" : `: it is at ${doing}`;
  }

  /** Answers with `work`, or with `busy` when the cluster gives no sign of life meanwhile. */
  async promptly(
    request: Request,
    work: (signal: AbortSignal) => Promise<Response>,
    busy: () => Response,
  ): Promise<Response> {
    const given = new AbortController();
    const signal = AbortSignal.any([request.signal, given.signal]);
    let timer: ReturnType<typeof setInterval> | undefined;
    const startMs = performance.now();
    const waitMs = isRead(request) ? ANSWER_MS : CHANGE_MS;
    const late = new Promise<Response>((resolve) => {
      timer = setInterval(() => {
        if (performance.now() - startMs < waitMs || this.inside.silentMs() < BUSY_MS) return;
        resolve(busy());
        given.abort();
      }, LOOK_EVERY_MS);
    });
    try {
      const answer = work(signal);
      answer.catch(() => {}); // Late: nobody waits for it any more.
      return await Promise.race([answer, late]);
    } finally {
      clearInterval(timer);
    }
  }
}

export function isRead({ method }: Request): boolean {
  return ["GET", "HEAD", "OPTIONS"].includes(method);
}

function nameOf({ port, at }: HostPort): string {
  return `${port} ${at ?? ""}`;
}
