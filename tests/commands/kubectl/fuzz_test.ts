import assert from "node:assert/strict";
import { SeededRandom } from "../../../lib/base/mod.ts";
import { toYaml } from "../../../lib/go/mod.ts";
import { kubectl } from "../../../lib/commands/kubectl/mod.ts";
import { MANIFESTS } from "../../sim/api/_manifests.ts";
import { JUNK, mutated } from "../../sim/api/_mutations.ts";
import { GEARS, seeds, send } from "../../sim/api/_requests.ts";
import { testServer } from "../../sim/api/fixtures.ts";
import { fakeIo } from "./_lab.ts";

type Json = any;

/*
 * Manifests that are wrong in every way that a seed can think of, through kubectl's verbs: each run ends by itself,
 * with words of kubectl's or of the server's. KUBECTL_FUZZ_RUNS=20000 runs that many from each seed.
 */

const RUNS = Number(Deno.env.get("KUBECTL_FUZZ_RUNS") ?? 1_000);
const SEEDS = seeds("KUBECTL_FUZZ_SEEDS", 2);

const VERBS = [
  "apply",
  "apply",
  "apply --server-side --force-conflicts",
  "apply --validate=false",
  "apply --dry-run=client -o yaml",
  "apply set-last-applied",
  "apply view-last-applied",
  "create",
  "create --dry-run=client -o json",
  "create --validate=false --save-config",
  "replace",
  "delete --wait=false --ignore-not-found",
  "diff",
  "diff --server-side",
  "get -o name",
  "get -o wide",
  "get -o yaml",
  "describe",
  "label --overwrite a=b",
  "annotate --local -o yaml a=b",
  "set image *=x --local -o yaml",
  "set env A=b --local -o yaml",
  "set resources --limits=cpu=1 --local -o yaml",
  "scale --replicas=1",
  "patch --type=merge -p {}",
  "expose --port=80 --dry-run=client -o yaml",
  "rollout status --watch=false",
  "autoscale --max=2 --dry-run=client -o yaml",
];
const PATCH_VERBS = [
  "patch -f",
  "patch --local -o yaml -f",
  "patch --type=json -f",
  "patch --type=merge -f",
];
/** What only a mistake of this program would say. */
const MISTAKE = /undefined|\[object |is not a function|is not iterable|Cannot read|InternalError/;

function manifestText(random: SeededRandom): string {
  let object: Json = random.pick(MANIFESTS)[1];
  if (random.int(6) === 0) {
    const items = Array.from({ length: random.int(4) }, () => random.pick(MANIFESTS)[1]);
    object = { apiVersion: "v1", kind: random.pick(["List", "PodList", "List"]), items };
  }
  for (let i = random.int(4); i > 0; i--) object = mutated(random, object);
  if (random.int(40) === 0) object = random.pick(JUNK);
  const text = random.int(2) === 0 ? JSON.stringify(object) ?? "" : toYaml(object);
  if (random.int(20) > 0) return text;
  const at = random.int(text.length + 1);
  return text.slice(0, at) + random.pick(["", "\0", "{", "\t", ": ", "\n---\n", "*x"]) +
    text.slice(at + random.int(3));
}

for (const seed of SEEDS) {
  Deno.test(`nothing in a manifest breaks kubectl (seed ${seed}, ${RUNS} runs)`, async () => {
    const random = new SeededRandom(seed);
    const { server } = testServer("v");
    const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    send(server, { method: "POST", path: definitions, body: GEARS });
    for (const [path, body] of MANIFESTS) send(server, { method: "POST", path, body });
    for (let i = 1; i <= RUNS; i++) {
      const text = manifestText(random);
      const words = random.int(10) === 0
        ? [...random.pick(PATCH_VERBS).split(" "), "x", "-p", manifestText(random)]
        : [...random.pick(VERBS).split(" "), "-f", "x"];
      const io = fakeIo({
        namespace: "v",
        movable: true,
        api: (request) => server.handle(request),
        files: {
          read: () => Promise.resolve(text),
          write: () => Promise.resolve(),
          list: () => Promise.resolve([]),
          stat: () => Promise.resolve({ isDirectory: false }),
        },
      });
      try {
        const exitCode = await kubectl.execute(words, io);
        assert.ok(exitCode >= 0 && exitCode < 70, `exit ${exitCode}`);
        const said = io.stderr.replaceAll(/\{.*\}|"[^"]*"|'[^']*'/g, "");
        assert.ok(!MISTAKE.test(said), io.stderr);
      } catch (error) {
        const shown = `${words.join(" ").slice(0, 1_000)}\n${text.slice(0, 3_000)}`;
        throw new Error(`run ${i} of seed ${seed}: kubectl ${shown}`, { cause: error });
      }
    }
  });
}
