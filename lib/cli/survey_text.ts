import type { Connection, Survey } from "../labs/mod.ts";
import { styleFor, wrapText } from "../term/mod.ts";
import type { GuardWords } from "./guard_words.ts";

/** A look at a cluster as it is shown before anything is changed there; `mark` is this home's, where it was there before. */
export function surveyText(
  { version, nodes, user, forbidden, installed }: Survey,
  { target }: Connection,
  mark: string | undefined,
  words: GuardWords,
): string {
  const { labels } = words;
  const { proxy } = target;
  const isInsecure = target.isInsecure || target.server.startsWith("http:");
  const server = [
    target.server,
    ...(isInsecure ? [words.insecure] : []),
    ...(proxy ? [words.proxy(proxy)] : []),
  ].join(", ");
  const there = installed.map(({ what, owner, service, mark: by }) =>
    by !== undefined && by === mark ? words.ofThisHome(what) : words.ofOthers(what, owner, service)
  );
  const rows: [string, string][] = [
    [labels.server, server],
    [labels.version, version],
    [
      labels.nodes,
      nodes
        ? words.nodes(nodes.length, nodes.filter(({ isReady }) => isReady).length)
        : words.hidden,
    ],
    [labels.you, user ? `${user.name} (${user.groups.join(", ")})` : words.hidden],
    ...(there.length > 0 ? there : [words.nothingThere])
      .map((text, at): [string, string] => [at === 0 ? labels.there : "", text]),
    [labels.makes, words.makes],
    ...(forbidden.length > 0
      ? [[labels.missing, words.mayNot(forbidden.join(", "))] as [string, string]]
      : []),
  ];
  const wrapped = (rows: [string, string][]) => wrapText(rows, STYLE, COLUMNS);
  return `${wrapped([["", words.head(target.context)]])}\n\n${wrapped(rows)}\n\n`;
}

/** How wide what is told before the tutor begins may be. */
export const COLUMNS = 80;
const STYLE = styleFor({ color: false, plain: true });
