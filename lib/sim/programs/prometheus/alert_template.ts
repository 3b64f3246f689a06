import {
  GO_TYPE,
  GoTemplate,
  GoTemplateError,
  type GoType,
  MAP_OF_STRINGS,
  type TemplateOptions,
} from "../../../go/mod.ts";
import { alertFunctions } from "./_alert_functions.ts";

/** What an alert's labels and annotations may show. */
export interface AlertData {
  /** The alert's name. */
  alert: string;
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
 * An alert's text filled in. A text that will not expand is replaced by what is wrong with it, as upstream does.
 * Source: prometheus/prometheus template/template.go (Expand), rules/alerting.go (Eval).
 * Differs: `query` fails; `toTime` and `toDuration` give texts; a text takes 50,000 steps and is a million characters.
 */
export function expandAlertText(text: string, data: AlertData): string {
  if (!text.includes("{{")) return text;
  const name = `__alert_${data.alert}`;
  let doing = "parsing";
  try {
    const template = parse(name, text, data);
    doing = "executing";
    return template.execute({
      [GO_TYPE]: DATA_TYPE,
      Labels: { ...data.labels, [GO_TYPE]: MAP_OF_STRINGS },
      ExternalLabels: { ...data.externalLabels, [GO_TYPE]: MAP_OF_STRINGS },
      ExternalURL: data.externalUrl,
      Value: data.value,
    });
  } catch (error) {
    if (!(error instanceof GoTemplateError)) throw error;
    return `<error expanding template: error ${doing} template ${name}: ${error.message}>`;
  }
}

/**
 * What keeps a text from being a template at all, in upstream's words; undefined when nothing does.
 * Source: prometheus/prometheus model/rulefmt/rulefmt.go (testTemplateParsing).
 */
export function templateError(text: string, alert: string): string | undefined {
  if (!text.includes("{{")) return undefined;
  try {
    parse(`__alert_${alert}`, text, { externalUrl: "", nowMs: 0 });
  } catch (error) {
    if (!(error instanceof GoTemplateError)) throw error;
    return error.message;
  }
}

function parse(
  name: string,
  text: string,
  world: Pick<AlertData, "externalUrl" | "nowMs">,
): GoTemplate {
  const options: TemplateOptions = {
    functions: alertFunctions(world),
    missingKey: "zero",
    whole: "float64",
    limits: LIMITS,
  };
  return GoTemplate.parse(name, DEFINITIONS + text, options);
}
