import {
  compareGo,
  DESCRIBE_TABLE,
  humanDuration,
  TabWriter,
  utf8Length,
} from "../../../go/mod.ts";
import type { ObjectMeta } from "../../../kube/mod.ts";
import { escapeTerminal } from "../get_table.ts";

/** Upstream leaves the annotation of `apply` out of every description. */
const SKIPPED_ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration";
const MAX_ANNOTATION_LENGTH = 140;

/**
 * Collects a description, indented by level and aligned by tabs.
 * Source: kubernetes/kubectl pkg/describe/describe.go (PrefixWriter, tabbedString).
 */
export class DescriptionWriter {
  readonly #table = new TabWriter(DESCRIBE_TABLE);
  #done = "";

  /** `nowMs` is what ages are counted from. */
  constructor(readonly nowMs: number) {}

  /** Writes text as it is, `level` steps in; tabs align. */
  write(level: number, text: string): void {
    this.#table.write(escapeTerminal("  ".repeat(level) + text));
  }

  /** A line `Name:<tab>value`; a text that is not there is empty, as in the structs that kubectl reads. */
  field(level: number, name: string, value: unknown): void {
    this.write(level, `${name}:\t${value ?? ""}\n`);
  }

  /** Ends the alignment of what was written so far. */
  flush(): void {
    this.#done += this.#table.flush();
  }

  finish(): string {
    this.flush();
    return this.#done;
  }

  /** `Labels:` with one label a line. */
  /** An object's name and namespace. */
  named({ name, namespace }: ObjectMeta): void {
    this.field(0, "Name", name);
    this.field(0, "Namespace", namespace);
  }

  /** An object's labels and annotations. */
  tagged({ labels, annotations }: ObjectMeta): void {
    this.labels("Labels", labels);
    this.annotations("Annotations", annotations);
  }

  labels(
    title: string,
    labels: Record<string, string> | undefined,
    initial = "",
    inner = "\t",
  ): void {
    const keys = Object.keys(labels ?? {}).sort(compareGo);
    if (keys.length === 0) return this.write(0, `${initial}${title}:${inner}<none>\n`);
    keys.forEach((key, index) => {
      const start = index === 0 ? `${initial}${title}:${inner}` : initial + inner;
      this.write(0, `${start}${key}=${labels![key]}\n`);
    });
  }

  /** `Annotations:`, long ones on lines of their own. */
  annotations(title: string, annotations: Record<string, string> | undefined): void {
    const keys = Object.keys(annotations ?? {}).filter((key) => key !== SKIPPED_ANNOTATION)
      .sort(compareGo);
    if (keys.length === 0) return this.write(0, `${title}:\t<none>\n`);
    keys.forEach((key, index) => {
      const start = index === 0 ? `${title}:\t` : "\t";
      const value = annotations![key].replace(/\n$/, "");
      if (
        utf8Length(value) + utf8Length(key) + 2 <= MAX_ANNOTATION_LENGTH && !value.includes("\n")
      ) {
        return this.write(0, `${start}${key}: ${value}\n`);
      }
      this.write(0, `${start}${key}:\n`);
      for (const line of value.split("\n")) {
        this.write(0, `\t  ${shorten(line, MAX_ANNOTATION_LENGTH - 2)}\n`);
      }
    });
  }
}

function shorten(text: string, length: number): string {
  return text.length > length ? text.slice(0, length) + "..." : text;
}

/** How long ago a timestamp was. */
export function ageOf(timestamp: string | null | undefined, nowMs: number): string {
  if (!timestamp) return "<unknown>";
  return humanDuration(nowMs - Date.parse(timestamp));
}
