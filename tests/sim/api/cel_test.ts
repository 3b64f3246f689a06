import assert from "node:assert/strict";
import { CelProblem, celValue, compile } from "../../../lib/sim/api/cel/expression.ts";

type Json = any;

Deno.test("expressions come to what upstream's libraries make of them", async (t) => {
  const object = {
    metadata: { name: "web", labels: { app: "web" } },
    spec: { replicas: 3, ports: [80, 443], cpu: "250m", url: "https://lab.io:8443/a?b=c" },
  };
  const cases: [source: string, value: Json][] = [
    ["object.spec.replicas <= 5", true],
    ["has(object.spec.none) && object.spec.none > 1", false],
    ["object.?metadata.?labels[?'none'].orValue('x')", "x"],
    ["object.metadata.name.matches('^w.b$') && 'a.matches(b)' != ''", true],
    ["object.spec.ports.all(p, p > 79) && object.spec.ports.exists_one(p, p == 80)", true],
    ["object.spec.ports.sum()", 523n],
    ["object.spec.ports.max()", 443n],
    ["object.spec.ports.isSorted()", true],
    ["quantity(object.spec.cpu).isLessThan(quantity('1')) && !isQuantity('x')", true],
    ["quantity('1Gi').add(quantity('1Gi')).compareTo(quantity('2Gi'))", 0n],
    ["url(object.spec.url).getPort()", "8443"],
    ["'a1b22'.findAll('[0-9]+')", ["1", "22"]],
    ["'%s has %d'.format([object.metadata.name, object.spec.replicas])", "web has 3"],
    ["'a-b'.replace('-', '.') + ['x', 'y'].join(',')", "a.bx,y"],
  ];
  for (const [source, value] of cases) {
    await t.step(source, () => {
      const found = compile(source, ["object"]).evaluate({ object: celValue(object) });
      assert.deepEqual(found, value);
    });
  }
});

Deno.test("an expression that cannot be read or ended says why in one line", () => {
  for (
    const source of [
      "1 +",
      "nothing.x",
      "ip('1.2.3.4').family() == 4",
      "[1].transformList(i, v, v)",
    ]
  ) {
    assert.throws(() => compile(source, ["object"]), CelProblem, source);
  }
  const missing = compile("object.spec.none > 1", ["object"]);
  assert.throws(() => missing.evaluate({ object: celValue({ spec: {} }) }), {
    message: "no such key: none",
  });
  assert.throws(() =>
    compile("object.a.matches('(')", ["object"]).evaluate({ object: { a: "x" } })
  );
});

Deno.test("an expression that costs too much is cancelled, whatever stands beside it", () => {
  const ten = "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]";
  const nested = (depth: number): string =>
    depth === 0 ? "object > 0" : `${ten}.all(v${depth}, ${nested(depth - 1)})`;
  const run = (source: string) => compile(source, ["object"]).evaluate({ object: 1n });
  assert.equal(run(nested(4)), true);
  for (
    const source of [
      nested(12),
      `${nested(12)} || true`,
      `${nested(12)} ? 1 : 2`,
      `${ten}.exists(x, ${nested(12)})`,
    ]
  ) {
    assert.throws(
      () => run(source),
      new CelProblem("operation cancelled: actual cost limit exceeded"),
    );
  }
  assert.equal(run("object == 1"), true);
});
