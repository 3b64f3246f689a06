import {
  compileGoRegexp,
  GO_TYPE,
  type GoRegexp,
  type GoTemplate,
  GoTemplateError,
  type GoType,
  quote,
  RegexpSyntaxError,
} from "../go/mod.ts";
import { parseRuleTemplate } from "./_rule_template.ts";
import { AdapterConfigError, type ResourceMapping } from "./config.ts";
import { noMatches, type RestMapper } from "./rest_mapper.ts";
import { type GroupResource, groupResource } from "../kube/mod.ts";

/** Translates between the labels of series and Kubernetes resources, in both directions. */
export interface ResourceConverter {
  /** The resources a series is about, and whether any of its labels makes it namespaced. */
  resourcesForSeries(labels: Readonly<Record<string, string>>): {
    resources: GroupResource[];
    namespaced: boolean;
  };
  /** Errors: LabelError with upstream's words when the rule has no label for it. */
  labelForResource(resource: GroupResource): string;
}

/** A resource that a rule has no label for. */
export class LabelError extends Error {
  override name = "LabelError";
}

export const NAMESPACES: GroupResource = { group: "", resource: "namespaces" };
const ROOT_SCOPED = ["namespaces", "nodes", "persistentvolumes"];

/** Whether metrics of a resource are served outside namespaces, as upstream lists them. */
export function isRootScoped({ group, resource }: GroupResource): boolean {
  return group === "" && ROOT_SCOPED.includes(resource);
}

/**
 * The converter of one rule's `resources`: overrides first, then the template read backwards.
 * Errors: AdapterConfigError.
 * Source: kubernetes-sigs/prometheus-adapter pkg/naming/resource_converter.go, lbl_res.go.
 * Differs: of two overrides for one resource the last one names the label; upstream takes either.
 */
export function newResourceConverter(
  mapping: ResourceMapping,
  mapper: RestMapper,
): ResourceConverter {
  const template = mapping.template ? parseLabelTemplate(mapping.template) : undefined;
  const labelToResource = new Map<string, GroupResource | undefined>();
  const resourceToLabel = new Map<string, string>();
  for (const [label, { group = "", resource }] of Object.entries(mapping.overrides ?? {})) {
    const found = mapper.resourceFor({ group, resource });
    if (!found) {
      throw new AdapterConfigError(
        `unable to normalize group-resource {${group} ${resource}}: ${
          noMatches({ group, resource })
        }`,
      );
    }
    labelToResource.set(label, found);
    resourceToLabel.set(groupResource(found), label);
  }

  const byTemplate = (label: string): GroupResource | undefined => {
    const read = template?.read(label);
    return read && mapper.resourceFor(read);
  };
  return {
    resourcesForSeries(labels) {
      const resources: GroupResource[] = [];
      let namespaced = false;
      for (const label of Object.keys(labels)) {
        let resource = labelToResource.get(label);
        if (!resource) {
          resource = byTemplate(label);
          if (resource) labelToResource.set(label, resource);
        }
        if (resource) resources.push(resource);
        // A label that stands for nothing counts too, unless the template read it as a resource
        // that the cluster does not know: upstream then goes on to the next label.
        if (!resource && template?.read(label)) continue;
        if (!resource || !isRootScoped(resource)) namespaced = true;
      }
      return { resources, namespaced };
    },
    labelForResource(resource) {
      const key = groupResource(resource);
      const known = resourceToLabel.get(key);
      if (known) return known;
      const label = makeLabel(resource, template, mapper);
      resourceToLabel.set(key, label);
      labelToResource.set(label, resource);
      return label;
    },
  };
}

function makeLabel(
  resource: GroupResource,
  template: LabelTemplate | undefined,
  mapper: RestMapper,
): string {
  const refuse = (why: string) =>
    new LabelError(
      `unable to convert resource ${groupResource(resource)} into label: ${why}`,
    );
  if (!template) throw refuse("no generic resource label form specified for this metric");
  const singular = mapper.resourceFor(resource)?.singular;
  if (singular === undefined) {
    const why = `no matches for /, Resource=${resource.resource}`;
    throw refuse(`unable to singularize resource ${groupResource(resource)}: ${why}`);
  }
  const label = template.write({
    Group: resource.group.replace(/[.-]/g, "_"),
    Resource: singular,
  });
  if (label === "") throw refuse("empty label produced by label template");
  return label;
}

const GROUP_RESOURCE: GoType = { name: "schema.GroupResource", kind: "struct" };

interface LabelTemplate {
  write(fields: { Group: string; Resource: string }): string;
  read(label: string): GroupResource | undefined;
}

/** `<<.Group>>_<<.Resource>>`, forwards and backwards. */
function parseLabelTemplate(text: string): LabelTemplate {
  let template: GoTemplate;
  try {
    template = parseRuleTemplate("resource-label", text);
  } catch (error) {
    if (!(error instanceof GoTemplateError)) throw error;
    throw new AdapterConfigError(
      `unable to parse label template ${quote(text)}: ${error.message}`,
    );
  }
  const refuse = (why: string) =>
    new AdapterConfigError(
      `unable to generate label format from template ${quote(text)}: ${why}`,
    );
  let regexp: GoRegexp;
  try {
    const pattern = template.execute({
      [GO_TYPE]: GROUP_RESOURCE,
      Group: "(?P<group>.+?)",
      Resource: "(?P<resource>.+?)",
    });
    if (pattern === "") throw refuse("unable to convert label template to matcher: empty template");
    regexp = compileGoRegexp(`^${pattern}$`);
  } catch (error) {
    if (!(error instanceof GoTemplateError || error instanceof RegexpSyntaxError)) throw error;
    throw refuse(`unable to convert label template to matcher: ${error.message}`);
  }
  if (!regexp.names.includes("resource")) {
    throw refuse("must include at least `{{.Resource}}` in the label template");
  }
  // Thousands of series have the same few labels.
  const known = new Map<string, GroupResource | undefined>();
  const readAnew = (label: string): GroupResource | undefined => {
    const match = regexp.exec(label);
    const named = (name: string) => match ? regexp.named(match, name) ?? "" : "";
    return match ? { group: named("group"), resource: named("resource") } : undefined;
  };
  return {
    write: (fields) => template.execute({ [GO_TYPE]: GROUP_RESOURCE, ...fields }),
    read(label) {
      if (!known.has(label)) known.set(label, readAnew(label));
      return known.get(label);
    },
  };
}
