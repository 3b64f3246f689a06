import { GET_TABLE, TabWriter } from "../../../go/mod.ts";
import { parseGroupResource } from "../../../kube/mod.ts";
import { CliError, failure } from "../errors.ts";
import { printerFor } from "../output.ts";
import { ruleRows } from "../policy_rules.ts";
import type { Session, Verb } from "../session.ts";

const API = "authorization.k8s.io/v1";

/** `kubectl auth can-i`. Source: kubernetes/kubectl pkg/cmd/auth/cani.go. */
export const canI: Verb = {
  async run(session) {
    const { flags, args } = session;
    if (flags.bool("list")) return await listRules(session);
    if (args.length < 2 && !args[1]?.startsWith("/")) {
      throw failure(
        "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.",
      );
    }
    const [verb, subject, named = ""] = args;
    const spec = subject.startsWith("/")
      ? { nonResourceAttributes: { verb, path: subject } }
      : { resourceAttributes: await attributesOf(session, verb, subject, named) };
    const { status } = await session.client.create(`${API}/selfsubjectaccessreviews`, {}, {
      apiVersion: API,
      kind: "SelfSubjectAccessReview",
      spec,
    });
    if (!flags.bool("quiet")) session.out(answerText(status));
    if (!status.allowed) throw new CliError("", 1);
  },
};

/** Of an access review. Source: kubernetes/api authorization/v1/types.go (SubjectAccessReviewStatus). */
interface AccessStatus {
  allowed: boolean;
  reason?: string;
  evaluationError?: string;
}

function answerText({ allowed, reason, evaluationError }: AccessStatus): string {
  if (allowed) return "yes\n";
  let text = "no";
  if (reason) text += ` - ${reason}`;
  if (evaluationError) text += ` - ${evaluationError}`;
  return text + "\n";
}

async function attributesOf(session: Session, verb: string, subject: string, named: string) {
  const [word, slashName = ""] = subject.split("/");
  const mapper = await session.mapper();
  const mapping = word === "*" ? undefined : mapper.find(word);
  if (word !== "*" && !mapping) {
    session.err(`Warning: the server doesn't have a resource type '${word}'\n\n`);
  } else if (mapping && !mapping.namespaced && !session.allNamespaces) {
    session.err(
      `Warning: resource '${mapping.resource}' is not namespace scoped${
        mapping.group === "" ? "" : ` in group '${mapping.group}'`
      }\n\n`,
    );
  }
  const { group, resource } = mapping ?? parseGroupResource(word);
  return {
    namespace: session.allNamespaces ? "" : session.namespace,
    verb,
    group,
    resource,
    subresource: session.flags.string("subresource"),
    name: slashName || named,
  };
}

async function listRules(session: Session): Promise<void> {
  const { status } = await session.client.create(`${API}/selfsubjectrulesreviews`, {}, {
    apiVersion: API,
    kind: "SelfSubjectRulesReview",
    spec: { namespace: session.namespace },
  });
  if (status.incomplete) {
    session.err(`Warning: the list may be incomplete: ${status.evaluationError ?? ""}\n`);
  }
  const table = new TabWriter(GET_TABLE);
  if (!session.flags.bool("no-headers")) {
    table.line("Resources", "Non-Resource URLs", "Resource Names", "Verbs");
  }
  const rules = [...status.resourceRules ?? [], ...status.nonResourceRules ?? []];
  for (const row of ruleRows(rules)) table.line(...row);
  session.out(table.flush());
}

/** `kubectl auth whoami`. */
export const whoAmI: Verb = {
  async run(session) {
    const review = await session.client.create(
      "authentication.k8s.io/v1/selfsubjectreviews",
      {},
      { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" },
    );
    const printer = await printerFor(session.flags, {
      readFile: (path) => session.io.files.read(path),
    });
    if (printer) return session.out(printer(review));
    const { username, uid, groups = [] } = review.status.userInfo;
    const table = new TabWriter(GET_TABLE);
    table.line("ATTRIBUTE", "VALUE");
    table.line("Username", username);
    if (uid) table.line("UID", uid);
    if (groups.length > 0) table.line("Groups", `[${groups.join(" ")}]`);
    session.out(table.flush());
  },
};
