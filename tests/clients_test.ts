import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Packages that only a client's test needs; their versions are locked in tests/clients/deno.lock. */
const CLIENTS = { "@kubernetes/client-node": "npm:@kubernetes/client-node@2.0.1" };

Deno.test("client libraries run unchanged against the API's door", async () => {
  const { imports, unstable, compilerOptions } = JSON.parse(
    await Deno.readTextFile(here("../deno.json")),
  );
  // A copy of the lock file, so that a test never writes into the tree.
  const folder = await Deno.makeTempDir();
  try {
    await Deno.copyFile(here("clients/deno.lock"), `${folder}/deno.lock`);
    await Deno.writeTextFile(
      `${folder}/deno.json`,
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
        ...["--config", `${folder}/deno.json`],
        ...["--lock", `${folder}/deno.lock`],
        here("clients/"),
      ],
      env: { NO_COLOR: "1" },
    }).output();
    const told = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    assert.ok(success, told);
    assert.match(told, /ok \| [1-9]\d* passed/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
