import { GET_TABLE, goSort, TabWriter } from "../../../go/mod.ts";
import { apiVersionOf, type Event } from "../../../kube/mod.ts";
import { CliError, failure, noResourceType } from "../errors.ts";
import { intervalOf } from "../describe/events.ts";
import { escapeTerminal } from "../get_table.ts";
import { printerFor } from "../output.ts";
import type { Session, Verb } from "../session.ts";

/** `kubectl events`. Source: kubernetes/kubectl pkg/cmd/events/events.go. */
export const events: Verb = { run };

async function run(session: Session): Promise<void> {
  const { flags, io } = session;
  const types = flags.list("types").map((type) => type.toLowerCase());
  const unknown = types.find((type) => type !== "normal" && type !== "warning");
  if (unknown !== undefined) throw failure("valid --types are Normal or Warning");
  const scope = { namespace: session.allNamespaces ? "" : session.namespace };
  const query = { fieldSelector: await selectorFor(session) };
  const printer = await printerFor(flags, { readFile: (file) => io.files.read(file) });
  const wanted = (event: Event) =>
    types.length === 0 || types.includes(String(event.type).toLowerCase());
  const table = new EventTable(session);
  const list = await session.client.list("v1/events", scope, { query });
  if (flags.bool("watch")) {
    const { resourceVersion } = list.metadata;
    const show = (event: Event) => {
      if (wanted(event)) session.out(printer ? printer(event) : table.print([event]));
    };
    list.items.forEach(show);
    const since = { query: { ...query, resourceVersion } };
    for await (const { type, object } of session.client.watch("v1/events", scope, since)) {
      if (type !== "DELETED") show(object);
    }
    if (io.signal.aborted) throw new CliError("", 130);
    return;
  }
  const events: Event[] = list.items.filter(wanted).map((event: Event) => ({
    ...event,
    apiVersion: "v1",
    kind: "Event",
  }));
  const items = goSort(events, isEarlier);
  if (items.length === 0) {
    return session.err(
      session.allNamespaces
        ? "No events found.\n"
        : `No events found in ${session.namespace} namespace.\n`,
    );
  }
  // Upstream prints a list of its own making, of which `-o name` knows no names.
  if (flags.string("output") === "name") return;
  const own = { apiVersion: "v1", kind: "EventList", metadata: {}, items };
  session.out(printer ? printer(own) : table.print(items));
}

async function selectorFor(session: Session): Promise<string> {
  const target = session.flags.string("for");
  if (target === "") return "";
  const [resource, name, ...rest] = target.split("/");
  if (name === undefined) throw failure("--for must be in resource/name form");
  if (resource === "" || name === "" || rest.length > 0) {
    throw failure("--for must be in resource/name form");
  }
  const mapping = (await session.mapper()).find(resource);
  if (!mapping) throw new CliError(noResourceType(resource).message.replace("error: ", ""));
  return [
    `involvedObject.kind=${mapping.kind}`,
    `involvedObject.apiVersion=${apiVersionOf(mapping)}`,
    `involvedObject.name=${name}`,
  ].join(",");
}

/** Source: kubernetes/kubectl pkg/cmd/events/events.go (SortableEvents, eventTime). */
function isEarlier(left: Event, right: Event): boolean {
  const timeMs = (event: Event) =>
    Date.parse(
      event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? "1970-01-01",
    );
  return timeMs(left) < timeMs(right);
}

class EventTable {
  readonly #table = new TabWriter(GET_TABLE);
  #hasHeader = false;

  constructor(readonly session: Session) {}

  print(list: Event[]): string {
    const { session } = this;
    const all = session.allNamespaces;
    if (!this.#hasHeader && !session.flags.bool("no-headers")) {
      this.#table.line(
        ...(all ? ["NAMESPACE"] : []),
        "LAST SEEN",
        "TYPE",
        "REASON",
        "OBJECT",
        "MESSAGE",
      );
      this.#hasHeader = true;
    }
    const nowMs = session.io.lab.clock.now();
    for (const event of list) {
      const { kind, name } = event.involvedObject ?? {};
      const cells = [
        event.type,
        event.reason,
        `${kind}/${name}`,
        String(event.message ?? "").trim(),
      ];
      this.#table.line(
        ...(all ? [event.metadata.namespace ?? ""] : []),
        intervalOf(event, nowMs),
        ...cells.map((cell) => escapeTerminal(String(cell ?? ""))),
      );
    }
    return this.#table.flush();
  }
}
