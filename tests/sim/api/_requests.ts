import type { ApiServer } from "../../../lib/sim/api/mod.ts";

type Json = any;

export interface Sent {
  method: string;
  /** With its query. */
  path: string;
  body?: unknown;
  type?: string;
  headers?: Record<string, string>;
}

export interface Answer {
  status: number;
  json: Json;
  text: string;
  headers: Record<string, string>;
}

/** Sends one request and takes its answer, in the same instant. What is no JSON is undefined. */
export function send(server: ApiServer, { method, path, body, type, headers }: Sent): Answer {
  const [plain, search = ""] = path.split("?", 2);
  const answer = server.respond({
    method,
    path: plain,
    query: new URLSearchParams(search),
    headers: { "content-type": type ?? "application/json", ...headers },
    body: body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body),
  });
  let json: Json;
  try {
    json = JSON.parse(answer.body);
  } catch {
    json = undefined;
  }
  return { status: answer.status, json, text: answer.body, headers: answer.headers };
}

/** The seeds a test runs over: those of an environment variable, or the first few. */
export function seeds(variable: string, usual: number): number[] {
  const asked = Deno.env.get(variable);
  if (asked?.startsWith("=")) return [Number(asked.slice(1))];
  return Array.from({ length: Number(asked ?? usual) }, (_, i) => i + 1);
}

/** A definition with what a schema can say: scale, status, lists of every sort, free parts, defaults. */
export const GEARS: Json = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "gears.example.org" },
  spec: {
    group: "example.org",
    scope: "Namespaced",
    names: { plural: "gears", kind: "Gear", singular: "gear" },
    versions: [{
      name: "v1",
      served: true,
      storage: true,
      subresources: {
        status: {},
        scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" },
      },
      additionalPrinterColumns: [
        { name: "Size", type: "integer", jsonPath: ".spec.size" },
        { name: "Tags", type: "string", jsonPath: ".spec.tags" },
        { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
      ],
      schema: {
        openAPIV3Schema: {
          type: "object",
          properties: {
            spec: {
              type: "object",
              properties: {
                replicas: { type: "integer", minimum: 0 },
                size: { type: "integer", default: 3, maximum: 100 },
                name: { type: "string", pattern: "^[a-z]+$", maxLength: 8 },
                tags: {
                  type: "array",
                  "x-kubernetes-list-type": "set",
                  items: { type: "string" },
                },
                parts: {
                  type: "array",
                  "x-kubernetes-list-type": "map",
                  "x-kubernetes-list-map-keys": ["name"],
                  items: {
                    type: "object",
                    required: ["name"],
                    properties: { name: { type: "string" }, teeth: { type: "integer" } },
                  },
                },
                free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
              },
            },
            status: {
              type: "object",
              properties: { replicas: { type: "integer" }, phase: { type: "string" } },
            },
          },
        },
      },
    }],
  },
};
