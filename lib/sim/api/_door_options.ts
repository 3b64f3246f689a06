/** Why a door does not let a request in. */
export interface Refusal {
  code: 400 | 403 | 413 | 500;
  message: string;
}

/** What a door is, and whom it asks. */
export interface DoorOptions {
  /** 0 for any that is free. */
  port: number;
  /** Serves HTTPS when given. */
  tls?: { cert: string; key: string };
  /** The largest body that is read. */
  maxBodyBytes: number;
  /** How many connections there may be at once; the process may have room for fewer. */
  maxConnections: number;
  /** Whether no link of another page leads here either; images, scripts, frames and forms never do. */
  sameOriginOnly: boolean;
  /** How long parts of a request may take to come. */
  limits?: Partial<Limits>;
  /** May take long, and need not come to an end when the request's signal is aborted. */
  handle(request: Request): Promise<Response>;
  refuse(refusal: Refusal): Response;
}

/** In wall milliseconds. */
export interface Limits {
  /** For TLS to be agreed on, and for the head of a request to be whole. */
  headMs: number;
  /** For a request to be whole. */
  requestMs: number;
  /** For a connection without a request. */
  idleMs: number;
  /** For a client that has something to read to read some of it. */
  readMs: number;
}
