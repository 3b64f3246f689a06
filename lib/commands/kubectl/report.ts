import type { KubeObject } from "../../kube/mod.ts";
import { CliError } from "./errors.ts";
import { quote } from "../../go/mod.ts";
import { nameOf, type ObjectPrinter, printerFor } from "./output.ts";
import { type Info, typed } from "./resources.ts";
import type { Session } from "./session.ts";

/**
 * Whether a change is only tried: `client` sends nothing, `server` asks the server to throw it away.
 * Errors: CliError. Source: kubernetes/kubectl pkg/cmd/util/helpers.go (GetDryRunStrategy).
 */
export function dryRunOf({ flags }: Session): "none" | "client" | "server" {
  if (!flags.definitions.some((each) => each.name === "dry-run")) return "none";
  const value = flags.string("dry-run") || "none";
  if (value === "none" || value === "client" || value === "server") return value;
  if (["unchanged", "true", "false"].includes(value)) {
    throw new CliError(
      `error: Invalid dry-run value (${value}). Must be "none", "server", or "client".`,
    );
  }
  throw new CliError(
    `error: Invalid dry-run value (${value}). Must be "none", "server", or "client".`,
  );
}

/**
 * What the server is to do about fields it does not know, by `--validate`.
 * Errors: CliError. Source: kubernetes/kubectl pkg/cmd/util/helpers.go (GetValidationDirective).
 */
export function fieldValidationOf({ flags }: Session): "Strict" | "Warn" | "Ignore" {
  const text = flags.string("validate") || "strict";
  if (text === "warn") return "Warn";
  if (["strict", "true", "1", "t", "T", "TRUE", "True"].includes(text)) return "Strict";
  if (["ignore", "false", "0", "f", "F", "FALSE", "False"].includes(text)) return "Ignore";
  throw new CliError(
    `error: invalid - validate option ${
      quote(text)
    }; must be one of: strict (or true), warn, ignore (or false)`,
  );
}

/** How a changed object is reported: `deployment.apps/web created`, or as `-o` says. */
export class ObjectReport {
  readonly #collected: KubeObject[] = [];
  #printer: Promise<ObjectPrinter | undefined> | undefined;

  constructor(
    readonly session: Session,
    readonly options: { collect?: boolean; silentDryRun?: boolean } = {},
  ) {}

  /** Prints `info`'s object as having been `operation` (`created`). */
  async print(info: Info, operation: string): Promise<void> {
    await this.printObject(typed(info), operation);
  }

  async printObject(object: KubeObject, operation: string): Promise<void> {
    const printer = await this.#printerFor();
    if (!printer) this.session.out(`${nameOf(object)} ${operation}${this.#dryRunText()}\n`);
    else if (this.#collects()) this.#collected.push(object);
    else this.session.out(printer(object));
  }

  /** Prints what was collected: `apply` prints several objects as one list. */
  async finish(): Promise<void> {
    const printer = await this.#printerFor();
    if (!printer || this.#collected.length === 0) return;
    if (this.#collected.length === 1) return this.session.out(printer(this.#collected[0]));
    this.session.out(
      printer({ apiVersion: "v1", kind: "List", metadata: {}, items: this.#collected }),
    );
  }

  #collects(): boolean {
    return (this.options.collect ?? this.session.command === "apply") &&
      this.session.flags.string("output") !== "name";
  }

  #printerFor(): Promise<ObjectPrinter | undefined> {
    const { session } = this;
    return this.#printer ??= printerFor(session.flags, {
      readFile: (path) => session.io.files.read(path),
    });
  }

  #dryRunText(): string {
    const dryRun = this.options.silentDryRun ? "none" : dryRunOf(this.session);
    return dryRun === "none" ? "" : dryRun === "client" ? " (dry run)" : " (server dry run)";
  }
}
