import type { HostPort } from "../labs/lab.ts";

/** Ports of the lab that a text names, and that are open on this machine under another number. */
export function movedIn(text: string, ports: readonly HostPort[]): HostPort[] {
  return ports.filter(({ port, at }) => at !== undefined && text.includes(`127.0.0.1:${port}`));
}

/** A text with the lab's addresses as a browser on this machine has them. */
export function asOpened(text: string, ports: readonly HostPort[]): string {
  return movedIn(text, ports).reduce(
    (told, { port, at }) => told.replaceAll(`127.0.0.1:${port}`, `127.0.0.1:${at}`),
    text,
  );
}
