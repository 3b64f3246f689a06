import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Packages that only a client's test needs; their versions are locked in tests/clients/deno.lock. */
const CLIENTS = { "@kubernetes/client-node": "npm:@kubernetes/client-node@2.0.1" };

/** Tests that need packages which nobody who learns has to fetch, each folder with a lock of its own. */
const APART: [says: string, folder: string, lock: string, ...flags: string[]][] = [
  ["client libraries run unchanged against the API's door", "clients/", "clients/deno.lock"],
  // Its types are those of everything else, and are checked with it.
  ["a lab on a real cluster", "labs/context/", "../lib/labs/context/deno.lock", "--no-check"],
];

/** What a run of tests told of those that failed, without what went well; all of it where it never came to that. */
function failuresIn(told: string): string {
  const at = told.indexOf("\n ERRORS \n");
  return at < 0 ? told : told.slice(at);
}

Deno.test("failuresIn() leaves out what went well", () => {
  const told = "a ... ok (1s)\nb ... FAILED (1s)\n\n ERRORS \n\nb => ./x_test.ts:1:1\n";
  assert.equal(failuresIn(told), "\n ERRORS \n\nb => ./x_test.ts:1:1\n");
  assert.equal(failuresIn("error: Module not found"), "error: Module not found");
});

for (const [says, folder, lock, ...flags] of APART) {
  Deno.test(says, async () => {
    const { imports, unstable, compilerOptions } = JSON.parse(
      await Deno.readTextFile(here("../deno.json")),
    );
    // A copy of the lock file, so that a test never writes into the tree.
    const temporary = await Deno.makeTempDir();
    try {
      await Deno.copyFile(here(lock), `${temporary}/deno.lock`);
      await Deno.writeTextFile(
        `${temporary}/deno.json`,
        JSON.stringify({
          imports: { ...imports, ...CLIENTS },
          nodeModulesDir: "none",
          unstable,
          compilerOptions,
        }),
      );
      const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          "test",
          "-A",
          "--quiet",
          ...flags,
          ...["--config", `${temporary}/deno.json`],
          ...["--lock", `${temporary}/deno.lock`],
          here(folder),
        ],
        env: { NO_COLOR: "1" },
      }).output();
      const told = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
      if (!success) throw new Error(`${folder}:\n${failuresIn(told)}`);
      assert.match(told, /ok \| [1-9]\d* passed/);
    } finally {
      await Deno.remove(temporary, { recursive: true });
    }
  });
}

Deno.test("what real clusters need is locked beside it, with all else as it is locked for everybody", async () => {
  const read = async (path: string) => JSON.parse(await Deno.readTextFile(here(path)));
  const [everybody, real] = await Promise.all(
    ["../deno.lock", "../lib/labs/context/deno.lock"].map(read),
  );
  for (const [name, { integrity }] of Object.entries<any>(everybody.npm)) {
    assert.equal(real.npm[name]?.integrity, integrity, name);
  }
  const source = await Deno.readTextFile(here("../lib/labs/context/client_node.ts"));
  const [named] = /npm:@kubernetes\/client-node@[\d.]+/.exec(source)!;
  assert.ok(named in real.specifiers);
  const isLocked = (name: string) => name.startsWith("@kubernetes/client-node");
  assert.ok(!Object.keys(everybody.npm).some(isLocked), "nobody who learns has to fetch it");
});
