import assert from "node:assert/strict";
import type { Secret } from "../../../../lib/kube/mod.ts";
import { kedaOperator } from "../../../../lib/sim/programs/keda_operator/mod.ts";
import { FakeContainer } from "../../fakes/mod.ts";
import { setUp } from "./_world.ts";

const SECRET = "kedaorg-certs";
/** While the keys are made. */
const MEANWHILE_MS = 200;

function rotating(args: string[] = []) {
  const world = setUp();
  const { clock, network, api } = world;
  const make = () =>
    new FakeContainer(clock, network, api, {
      ip: "keda-operator",
      namespace: "keda",
      args: ["--enable-cert-rotation", ...args],
    });
  const operator = make().start(kedaOperator);
  clock.advance(MEANWHILE_MS);
  return { ...world, operator, make };
}

Deno.test("an operator whose Secret goes while it makes its keys says so, and ends", () => {
  const { clock, api, operator } = rotating();
  api.delete("secrets", "keda", SECRET);
  clock.advance(10_000);
  assert.equal(operator.exitCode, 1);
  const errors = operator.lines.map((line) => line.split("\t").slice(1))
    .filter(([level]) => level === "ERROR").map((parts) => parts.slice(1).join(" "));
  assert.equal(errors.length, 3);
  assert.match(errors[0], /^cert-rotation could not refresh CA and server certs .*not found/);
  assert.match(
    errors[1],
    /^cert-rotation could not refresh cert on startup .*"acquiring secret to update certificates: Secret \\"kedaorg-certs\\" not found"/,
  );
  assert.match(errors[2], /^setup problem running manager .*acquiring secret to update/);
});

Deno.test("a lab without an election that is resumed while the keys are made has none yet", () => {
  const { clock, api, operator, make } = rotating();
  const snapshot = JSON.parse(JSON.stringify(operator.running!.snapshot!()));
  operator.stop();
  const again = make().start(kedaOperator, snapshot);
  clock.advance(10_000);
  assert.equal(again.exitCode, 0);
  assert.ok(api.get<Secret>("secrets", "keda", SECRET)!.data!["tls.crt"]);
});

Deno.test("a lab that was saved before there was an election leads on, however often it is resumed", () => {
  const { clock, operator, network, api } = rotating();
  operator.stop();
  const args = [...operator.options.args!, "--leader-elect"];
  const old = new FakeContainer(clock, network, api, { ...operator.options, args });
  old.start(kedaOperator, { loops: {}, seen: {} });
  const snapshot = JSON.parse(JSON.stringify(old.running!.snapshot!()));
  old.stop();
  const older = new FakeContainer(clock, network, api, { ...operator.options, args });
  older.start(kedaOperator, snapshot);
  clock.advance(10_000);
  assert.deepEqual(older.lines, []);
  assert.equal(older.exitCode, undefined);
});
