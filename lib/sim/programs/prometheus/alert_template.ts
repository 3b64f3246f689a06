import {
  GO_TYPE,
  GoTemplate,
  GoTemplateError,
  type GoType,
  MAP_OF_STRINGS,
} from "../../../go/mod.ts";
import { alertFunctions } from "./_alert_functions.ts";

/** What an alert's labels and annotations may show. */
export interface AlertData {
  labels: Readonly<Record<string, string>>;
  externalLabels: Readonly<Record<string, string>>;
  externalUrl: string;
  value: number;
  nowMs: number;
}

/** The longest text that may come of an alert's templates, and the steps of one. */
const LIMITS = { chars: 1 << 20, steps: 50_000 };

/** What stands before every text. Source: prometheus/prometheus rules/alerting.go. */
const DEFINITIONS = "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}" +
  "{{$externalURL := .ExternalURL}}{{$value := .Value}}";

const DATA_TYPE: GoType = {
  name: "struct { Labels map[string]string; ExternalLabels map[string]string; " +
    "ExternalURL string; Value interface {} }",
  kind: "struct",
  boxes: ["Value"],
};

/**
 * A text of an alert, which is read once and filled in for each of the alert's series.
 * Source: prometheus/prometheus template/template.go (Expand), rules/alerting.go (Eval).
 * Differs: `query` fails; `toTime` and `toDuration` give texts; a text takes 50,000 steps and is a million characters.
 */
export class AlertTemplate {
  readonly #name: string;
  readonly #template: GoTemplate | GoTemplateError;
  #world = { externalUrl: "", nowMs: 0 };

  constructor(alert: string, text: string) {
    this.#name = `__alert_${alert}`;
    try {
      this.#template = GoTemplate.parse(this.#name, DEFINITIONS + text, {
        functions: alertFunctions(() => this.#world),
        missingKey: "zero",
        whole: "float64",
        limits: LIMITS,
      });
    } catch (error) {
      if (!(error instanceof GoTemplateError)) throw error;
      this.#template = error;
    }
  }

  /** What keeps the text from being a template at all. Source: prometheus/prometheus model/rulefmt/rulefmt.go. */
  get mistake(): string | undefined {
    return this.#template instanceof GoTemplateError ? this.#template.message : undefined;
  }

  /** The text filled in; where it cannot be, what is wrong with it, as upstream has it. */
  expand(data: AlertData): string {
    if (this.#template instanceof GoTemplateError) return this.#told("parsing", this.#template);
    this.#world = data;
    try {
      return this.#template.execute({
        [GO_TYPE]: DATA_TYPE,
        Labels: { ...data.labels, [GO_TYPE]: MAP_OF_STRINGS },
        ExternalLabels: { ...data.externalLabels, [GO_TYPE]: MAP_OF_STRINGS },
        ExternalURL: data.externalUrl,
        Value: data.value,
      });
    } catch (error) {
      if (!(error instanceof GoTemplateError)) throw error;
      return this.#told("executing", error);
    }
  }

  #told(doing: string, { message }: GoTemplateError): string {
    return `<error expanding template: error ${doing} template ${this.#name}: ${message}>`;
  }
}
