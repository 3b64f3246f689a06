import {
  apiVersionOf,
  groupResource,
  JsonPathSyntaxError,
  parseJsonPath,
  type PathNode,
  rootPath,
} from "../../../kube/mod.ts";
import { CliError, failure } from "../errors.ts";
import { quote } from "../../../go/mod.ts";
import { type Mapping } from "../mapper.ts";
import { explainSchema } from "../schema_text.ts";
import type { Session, Verb } from "../session.ts";

const SUGGESTION = 'Use "kubectl api-resources" for a complete list of supported resources.';

/**
 * `kubectl explain`: what a resource's fields mean, from the server's OpenAPI document.
 * Source: kubernetes/kubectl pkg/cmd/explain/explain.go, pkg/explain/explain.go.
 * Differs: `--output plaintext-openapiv2`, the older printer, is not there.
 */
export const explain: Verb = { run };

async function run(session: Session): Promise<void> {
  const { args, flags } = session;
  if (args.length === 0) {
    throw failure(`You must specify the type of resource to explain. ${SUGGESTION}\n`);
  }
  if (args.length > 1) throw failure("We accept only this format: explain RESOURCE\n");
  const format = flags.string("output");
  const asked = flags.string("api-version");
  const { mapping, fieldPath } = asked === ""
    ? await withGroup(session, args[0])
    : await plain(session, args[0]);
  if (format !== "plaintext") {
    throw failure(
      format === "plaintext-openapiv2"
        ? "the lab's kubectl explains in plaintext alone"
        : `unrecognized format: ${format}`,
    );
  }
  const resource = { ...inVersion(mapping, asked), resource: mapping.resource };
  const path = rootPath(apiVersionOf(resource)).slice(1);
  const { paths } = await session.client.json("GET", "/openapi/v3");
  const found = paths[path];
  if (!found) {
    const shown = `${resource.group}/${resource.version}, Resource=${resource.resource}`;
    throw failure(`couldn't find resource for ${quote(shown)}`);
  }
  const document = await session.client.json("GET", found.serverRelativeURL);
  const recursive = flags.bool("recursive");
  const { text, error } = explainSchema({ document, resource, fieldPath, recursive });
  session.out(text);
  if (error) throw failure(error);
}

function inVersion(mapping: Mapping, asked: string): { group: string; version: string } {
  if (asked === "") return mapping;
  const parts = asked.split("/");
  if (parts.length > 2) throw failure(`unexpected GroupVersion string: ${asked}`);
  return parts.length === 1
    ? { group: "", version: parts[0] }
    : { group: parts[0], version: parts[1] };
}

interface Request {
  mapping: Mapping;
  fieldPath: string[];
}

async function plain(session: Session, text: string): Promise<Request> {
  const [resource, ...fieldPath] = namesOf(nodesOf(text), "all nodes must be field nodes");
  return { mapping: await resolved(session, resource), fieldPath };
}

/** A resource may be named with its group: `deployments.apps.spec`. */
async function withGroup(session: Session, text: string): Promise<Request> {
  const nodes = nodesOf(text);
  const [resource] = namesOf(nodes.slice(0, 1), FIRST);
  const mapping = await resolved(session, resource);
  const { resources } = await session.mapper();
  const grouped = resources.find((each) =>
    each.resource === mapping.resource && text.startsWith(groupResource(each))
  );
  if (!grouped) return { mapping, fieldPath: namesOf(nodes.slice(1), FIRST) };
  const rest = text.slice(groupResource(grouped).length);
  // The dot that begins the rest is a node by itself.
  const fieldPath = rest === "" ? [] : namesOf(nodesOf(rest).slice(1), FIRST);
  return { mapping: grouped, fieldPath };
}

/** Errors: CliError. */
async function resolved(session: Session, resource: string): Promise<Mapping> {
  const found = (await session.mapper()).find(resource);
  if (found) return found;
  throw new CliError(`the server doesn't have a resource type ${quote(resource)}`);
}

const FIRST = "first node must be field node";

function nodesOf(text: string): PathNode[] {
  try {
    const [list] = parseJsonPath(`{.${text.replace(/\.$/, "")}}`);
    return list?.type === "list" ? list.nodes : [];
  } catch (error) {
    if (error instanceof JsonPathSyntaxError) throw failure(error.message);
    throw error;
  }
}

/** Errors: CliError. */
function namesOf(nodes: readonly PathNode[], why: string): string[] {
  return nodes.map((node) => {
    if (node.type !== "field") throw failure(`invalid jsonpath syntax, ${why}`);
    return node.name;
  });
}
