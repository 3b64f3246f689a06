import {
  ApiError,
  groupResource,
  JsonPath,
  JsonPathError,
  JsonPathSyntaxError,
  type KubeObject,
  type Loose,
  type models,
} from "../../../kube/mod.ts";
import { failure, throwAll } from "../errors.ts";
import { goSprint, quote } from "../../../go/mod.ts";
import { relaxedJsonPath } from "../jsonpath.ts";
import { ObjectReport } from "../report.ts";
import { findResources, type Info, typed } from "../resources.ts";
import type { Session, Verb } from "../session.ts";
import { follow } from "../waiting.ts";

/** Whether an object meets what is waited for. Errors: CliError. */
type Condition = (object: KubeObject) => boolean;

/** `kubectl wait`. Source: kubernetes/kubectl pkg/cmd/wait/wait.go, condition.go, json.go. */
export const wait: Verb = { run };

const WEEK_MS = 168 * 3_600_000;

async function run(session: Session): Promise<void> {
  const { flags } = session;
  const goals = flags.list("for");
  if (goals.length === 0) throw failure("unrecognized condition: []");
  const conditions = goals.map(parseGoal);
  const given = flags.durationMs("timeout");
  const timeoutMs = given < 0 ? WEEK_MS : given;
  const forDelete = conditions.includes("delete");
  if (conditions.includes("create")) await untilCreated(session, timeoutMs);
  const found = await findResources(session, {
    labelSelector: flags.string("selector"),
    fieldSelector: flags.string("field-selector"),
    emptySelectsAll: flags.bool("all"),
    all: flags.bool("all"),
    fetch: true,
  });
  if (forDelete) {
    found.errors = found.errors.filter((error) =>
      !(error instanceof ApiError && error.reason === "NotFound")
    );
  }
  if (found.infos.length === 0 && found.errors.length === 0 && !forDelete) {
    throw failure("no matching resources found");
  }
  const report = new ObjectReport(session);
  const errors = [...found.errors];
  for (const info of found.infos) {
    try {
      for (const condition of conditions) {
        await waitOne(session, info, condition, timeoutMs);
      }
      await report.printObject(typed(info), "condition met");
    } catch (error) {
      if (!(error instanceof ApiError || (error as Error).name === "CliError")) throw error;
      if (session.io.signal.aborted) throw error;
      errors.push(error);
    }
  }
  throwAll(errors);
}

function parseGoal(goal: string): Condition | "delete" | "create" {
  const lower = goal.toLowerCase();
  if (lower === "delete" || lower === "create") return lower;
  if (lower.startsWith("condition=")) {
    const [name, value = "true"] = goal.slice("condition=".length).split("=");
    return (object) => conditionMet(object, name, value);
  }
  if (lower.startsWith("jsonpath=")) return jsonPathCondition(goal.slice("jsonpath=".length));
  throw failure(`unrecognized condition: ${quote(goal)}`);
}

function conditionMet(object: KubeObject, name: string, value: string): boolean {
  const conditions: Loose<models.PodCondition>[] = object.status?.conditions ?? [];
  const condition = conditions.find((each) => each.type?.toLowerCase() === name.toLowerCase());
  if (!condition) return false;
  const observed = condition.observedGeneration ?? object.status?.observedGeneration;
  const { generation } = object.metadata;
  if (generation !== undefined && observed !== undefined && observed < generation) return false;
  return String(condition.status).toLowerCase() === value.toLowerCase();
}

/** Source: pkg/cmd/wait/wait.go (processJSONPathInput): the value follows the last `=` outside quotes and braces. */
function splitJsonPath(text: string): [path: string, value: string | undefined] {
  let depth = 0;
  let quoted = "";
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (quoted !== "") {
      if (char === quoted) quoted = "";
    } else if (char === '"' || char === "'") quoted = char;
    else if ("{[(".includes(char)) depth++;
    else if ("}])".includes(char)) depth--;
    else if (char === "=" && depth === 0) return [text.slice(0, i), text.slice(i + 1)];
  }
  return [text, undefined];
}

function jsonPathCondition(text: string): Condition {
  const [spec, rawValue] = splitJsonPath(text.replace(/^'|'$/g, ""));
  const value = rawValue?.replace(/^(['"])(.*)\1$/, "$2");
  if (rawValue !== undefined && value === "") {
    throw failure("jsonpath wait has to have a value after equal sign");
  }
  let path: JsonPath;
  try {
    path = new JsonPath(relaxedJsonPath(spec), { allowMissingKeys: true });
  } catch (error) {
    if (error instanceof JsonPathError || error instanceof JsonPathSyntaxError) {
      throw failure(error.message);
    }
    throw error;
  }
  return (object) => {
    const found = path.find(object);
    if (found.length === 0 || found[0].length === 0) return false;
    if (found.length > 1) throw failure("given jsonpath expression matches more than one list");
    if (found[0].length > 1) throw failure("given jsonpath expression matches more than one value");
    if (value === undefined) return true;
    const [result] = found[0];
    if (typeof result === "object" && result !== null) {
      throw failure("jsonpath leads to a nested object or list which is not supported");
    }
    return goSprint(result).trim() === value.trim();
  };
}

async function waitOne(
  session: Session,
  info: Info,
  condition: Condition | "delete" | "create",
  timeoutMs: number,
): Promise<void> {
  if (condition === "create") return;
  const subject = `${info.mapping.resource}/${info.name}`;
  const uid = info.object?.metadata?.uid;
  const met = (object: KubeObject | undefined): boolean => {
    if (condition === "delete") return !object || object.metadata.uid !== uid;
    if (!object) throw ApiError.notFound(groupResource(info.mapping), info.name);
    info.object = object;
    return condition(object);
  };
  if (timeoutMs === 0) {
    if (!met(await currentOf(session, info))) throw failure(`condition not met for ${subject}`);
    return;
  }
  if (await follow(session, info, met, timeoutMs) === "timeout") {
    throw failure(`timed out waiting for the condition on ${subject}`);
  }
}

async function currentOf(session: Session, info: Info): Promise<KubeObject | undefined> {
  try {
    return await session.client.get(info.mapping, info);
  } catch (error) {
    if (error instanceof ApiError && error.reason === "NotFound") return undefined;
    throw error;
  }
}

async function untilCreated(session: Session, timeoutMs: number): Promise<void> {
  const named = await findResources(session, { fetch: false, emptySelectsAll: false });
  for (const info of named.infos) {
    if (await follow(session, info, (object) => object !== undefined, timeoutMs) === "timeout") {
      throw failure("timed out waiting for the condition");
    }
  }
}
