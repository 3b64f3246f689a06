import assert from "node:assert/strict";
import { JsonError, type JsonType, parseJson, unmarshalError } from "../../lib/go/mod.ts";

/** Recorded by record_json.ts: what Go says of a text that is decoded into two types. */
const { rows }: { rows: { text: string; result: string; response: string }[] } = JSON.parse(
  await Deno.readTextFile(new URL("testdata/json.json", import.meta.url)),
);

const SERIES =
  'struct { Metric struct {} "json:\\"metric\\""; Value []interface {} "json:\\"value\\"" }';
const RESULT: JsonType = {
  go: "main.promQueryResult",
  name: "promQueryResult",
  fields: {
    status: "string",
    data: {
      go:
        `struct { ResultType string "json:\\"resultType\\""; Result []${SERIES} "json:\\"result\\"" }`,
      fields: {
        resultType: "string",
        result: {
          go: `[]${SERIES}`,
          items: {
            go: SERIES,
            fields: {
              metric: { go: "struct {}", fields: {} },
              value: { go: "[]interface {}", items: "any" },
            },
          },
        },
      },
    },
  },
};
const RESPONSE: JsonType = {
  go: "main.APIResponse",
  name: "APIResponse",
  fields: { status: { go: "main.ResponseStatus", kind: "string" } },
};

function said(text: string, type: JsonType): string {
  try {
    return unmarshalError(parseJson(text), type) ?? "";
  } catch (error) {
    assert(error instanceof JsonError);
    return error.message;
  }
}

Deno.test("what does not fit a type is told as Go's decoder tells it", () => {
  for (const { text, result, response } of rows) {
    assert.equal(said(text, RESULT), result, text);
    assert.equal(said(text, RESPONSE), response, text);
  }
});

Deno.test("a map's values are no fields of a struct", () => {
  const labels: JsonType = { go: "model.Metric", values: "string" };
  assert.equal(
    said('{"job":5}', labels),
    "json: cannot unmarshal number into Go value of type string",
  );
  assert.equal(said('{"job":"web"}', labels), "");
});
