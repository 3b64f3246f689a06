import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Packages that only a client's test needs; their versions are locked in tests/clients/deno.lock. */
const CLIENTS = { "@kubernetes/client-node": "npm:@kubernetes/client-node@2.0.1" };

Deno.test("client libraries run unchanged against the API's door", async () => {
  const { imports, unstable, compilerOptions } = JSON.parse(
    await Deno.readTextFile(here("../deno.json")),
  );
  const config = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(
      config,
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
        ...["--config", config],
        ...["--lock", here("clients/deno.lock")],
        here("clients/"),
      ],
      env: { NO_COLOR: "1" },
    }).output();
    const told = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    assert.ok(success, told);
    assert.match(told, /ok \| [1-9]\d* passed/);
  } finally {
    await Deno.remove(config);
  }
});
