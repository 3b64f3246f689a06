import assert from "node:assert/strict";
import {
  PrometheusClient,
  PrometheusError,
  seriesOf,
} from "../../../../lib/sim/programs/shared/prometheus_client.ts";
import type { ContainerContext } from "../../../../lib/sim/seams.ts";

function client(body: string): PrometheusClient {
  const net = { request: () => ({ status: 200, headers: {}, body }) };
  return new PrometheusClient({ net } as unknown as ContainerContext, "http://prometheus:9090");
}

function told(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    assert(error instanceof PrometheusError, String(error));
    return error.message;
  }
}

const CANNOT = "json: cannot unmarshal";

Deno.test("an address that answers something else than Prometheus is told in Go's words", () => {
  const cases: [body: string, message: string][] = [
    ["", "bad_response: EOF"],
    ["{", "bad_response: unexpected EOF"],
    ["<html>", "bad_response: invalid character '<' looking for beginning of value"],
    ["OK", "bad_response: invalid character 'O' looking for beginning of value"],
    ["5", `bad_response: ${CANNOT} number into Go value of type client.APIResponse`],
    ["null", "unexpected end of JSON input"],
    ["{}", "unexpected end of JSON input"],
    [
      '{"status":5}',
      `bad_response: ${CANNOT} number into Go struct field APIResponse.status of ` +
      "type client.ResponseStatus",
    ],
    ['{"status":"error","errorType":"bad_data","error":"no"}', "bad_data: no"],
    ['{"data":null}', 'unexpected value type ""'],
    ['{"data":{"resultType":"vector"}}', "unexpected end of JSON input"],
    [
      '{"data":{"resultType":"vector","result":{}}}',
      `${CANNOT} object into Go value of type model.Vector`,
    ],
    [
      '{"data":{"resultType":"scalar","result":5}}',
      `${CANNOT} number into Go value of type [2]interface {}`,
    ],
  ];
  for (const [body, message] of cases) {
    assert.equal(told(() => client(body).query("up", 0)), message, body);
  }
});

Deno.test("a sample may lack its labels and its value", () => {
  const body = '{"data":{"resultType":"vector","result":[{},{"value":[1,"2"]}]}}';
  assert.deepEqual(client(body).query("up", 0).samples, [
    { metric: {}, timestamp: 0, value: 0 },
    { metric: {}, timestamp: 1, value: 2 },
  ]);
});

Deno.test("series are sets of labels", () => {
  assert.deepEqual(seriesOf('{"data":[{"job":"web"}]}'), [{ job: "web" }]);
  assert.equal(seriesOf('{"data":null}'), undefined);
  assert.equal(
    told(() => seriesOf('{"data":["up"]}')),
    `${CANNOT} string into Go value of type model.Metric`,
  );
  assert.equal(
    told(() => seriesOf('{"data":{}}')),
    `${CANNOT} object into Go value of type []client.Series`,
  );
});
