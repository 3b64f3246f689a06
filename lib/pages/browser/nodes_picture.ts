import type { Frame } from "../frame.ts";
import { el } from "./dom.ts";
import { words } from "./words.ts";

type There = Frame["there"];
type Pod = There["pods"][number];

const isThere =
  (atMs: number) => ({ createdMs, goneMs = Infinity }: Pick<Pod, "createdMs" | "goneMs">) =>
    createdMs <= atMs && atMs < goneMs;
const isReady = (atMs: number, { ready }: Pick<Pod, "ready">) =>
  ready.some(([fromMs, toMs = Infinity]) => fromMs <= atMs && atMs < toMs);

/** Nodes and the pods on them at a moment; a pod that no node has taken yet stands by itself. */
export function nodesPicture({ nodes, pods, scaled }: There, atMs: number): HTMLElement {
  const there = pods.filter(isThere(atMs));
  const boxes = nodes.filter(isThere(atMs)).map((node) =>
    box(
      isReady(atMs, node) ? node.name : `${node.name} (${words.nodeDown})`,
      there.filter((pod) => pod.node === node.name),
      scaled,
      atMs,
    )
  );
  const homeless = there.filter(({ node }) => node === undefined);
  if (homeless.length > 0) boxes.push(box(words.waitsForNode, homeless, scaled, atMs));
  return el("div", { class: "nodes" }, ...boxes.length > 0 ? boxes : [el("p", {}, words.noNodes)]);
}

function box(title: string, pods: Pod[], scaled: string | undefined, atMs: number): HTMLElement {
  return el(
    "section",
    { class: "node" },
    el("h3", {}, title),
    el(
      "ul",
      {},
      ...pods.map((pod) => {
        const state = (pod.endingMs ?? Infinity) <= atMs
          ? "ending"
          : isReady(atMs, pod)
          ? "ready"
          : "pending";
        return el(
          "li",
          { class: `pod ${state}${scaled && pod.of === scaled ? " scaled" : ""}` },
          el("span", { class: "dot", "aria-hidden": "true" }),
          `${pod.name} `,
          el("small", {}, words.podState[state]),
        );
      }),
    ),
  );
}
