import assert from "node:assert/strict";
import { editorOf } from "../../lib/cli/editor.ts";
import { UsageError } from "../../lib/cli/errors.ts";
import { commandOf, homeDir, temporaryHome } from "../../lib/cli/home.ts";
import { PROJECT } from "./_user.ts";

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("homeDir() is .tutor of the project, or the folder named, from where the command was typed", () =>
  withFolder((folder) => {
    const before = Deno.env.get("INIT_CWD");
    try {
      Deno.env.set("INIT_CWD", folder);
      assert.equal(homeDir({}), `${PROJECT}.tutor`);
      assert.equal(homeDir({ home: "lab" }), `${folder}/lab`);
      assert.equal(homeDir({ home: "/elsewhere/lab" }), "/elsewhere/lab");
    } finally {
      if (before === undefined) Deno.env.delete("INIT_CWD");
      else Deno.env.set("INIT_CWD", before);
    }
    return Promise.resolve();
  }));

Deno.test("homeDir() refuses what cannot be a home, in one line each", () =>
  withFolder(async (folder) => {
    const file = `${folder}/file`;
    await Deno.writeTextFile(file, "kept");
    for (const home of ["", " "]) {
      const refused = await Promise.resolve().then(() => homeDir({ home })).catch((error) => error);
      assert.ok(refused instanceof UsageError, `a home of ${JSON.stringify(home)} is taken`);
      assert.match(await refused.told("en"), /^[^\n]*needs a folder[^\n]*$/);
      assert.match(await refused.told("ko"), /^[^\n]*폴더[^\n]*$/);
    }
    assert.equal(await Deno.readTextFile(file), "kept");
  }));

Deno.test("temporaryHome() lies in .tutor, and removes what was left there long ago", async () => {
  const exists = (path: string) => Deno.stat(path).then(() => true, () => false);
  const left = await temporaryHome("left");
  const next = await temporaryHome("next");
  try {
    assert.ok(left.startsWith(`${PROJECT}.tutor/tmp/left-`));
    assert.ok(await exists(left), "it may be in use");
    const longAgo = new Date(Date.now() - 2 * 24 * 3600 * 1000);
    await Deno.utime(left, longAgo, longAgo);
    const later = await temporaryHome("later");
    await Deno.remove(later);
    assert.deepEqual([await exists(left), await exists(next)], [false, true]);
  } finally {
    await Deno.remove(left, { recursive: true }).catch(() => {});
    await Deno.remove(next, { recursive: true });
  }
});

Deno.test("commandOf() is what this learner can type: by way of npx or without, with the home that was given", () => {
  const names = ["npm_command", "npm_config_user_agent", "INIT_CWD"];
  const before = names.map((name) => [name, Deno.env.get(name)] as const);
  const npx = "npx --yes deno task";
  const cases: [env: Record<string, string>, home: string | undefined, tutor: string][] = [
    [{}, undefined, "deno task tutor"],
    // Deno's own tasks name an agent too.
    [{ npm_config_user_agent: "deno/2.9.6 npm/? linux x86_64" }, undefined, "deno task tutor"],
    [{ npm_command: "exec" }, undefined, `${npx} tutor`],
    [{ npm_config_user_agent: "npm/10.8.2 node/v22.1.0" }, "/tmp/my lab", `${npx} tutor`],
    [
      { npm_command: "exec" },
      "/srv/lab",
      "npx --yes deno run --quiet --no-prompt -P=tutor --allow-read=.,/srv/lab --allow-write=/srv/lab main.ts",
    ],
  ];
  try {
    for (const [env, home, tutor] of cases) {
      for (const name of names) Deno.env.delete(name);
      for (const [name, value] of Object.entries(env)) Deno.env.set(name, value);
      const command = commandOf({ home });
      assert.equal(command.tutor, tutor);
      assert.equal(
        command.options,
        home === undefined ? "" : `--home ${home.includes(" ") ? `'${home}'` : home}`,
      );
    }
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
});

Deno.test("editorOf() takes npm's own choice for none", () => {
  assert.equal(editorOf({ EDITOR: "vi" }, true), "");
  assert.equal(editorOf({ EDITOR: "vi" }, false), "vi");
  assert.equal(editorOf({ EDITOR: "nano" }, true), "nano");
  assert.equal(editorOf({ EDITOR: "vi", VISUAL: "code -w" }, true), "code -w");
  assert.equal(editorOf({}, true), "");
});
