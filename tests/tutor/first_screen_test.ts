import assert from "node:assert/strict";
import { LANGUAGES, loadLessons } from "../../lib/lesson/mod.ts";
import { Shell } from "../../lib/shell/mod.ts";
import { displayWidth } from "../../lib/term/mod.ts";
import { Notices, Presenter, Tutor } from "../../lib/tutor/mod.ts";
import { fakeLab } from "../labs/fake_lab.ts";
import { ScriptedScreen } from "./scripted_screen.ts";

const lessons = await loadLessons();

for (const language of LANGUAGES) {
  Deno.test(`the first screen, prompt and all, fits a terminal of 80 by 24: ${language}`, async () => {
    const screen = new ScriptedScreen([], () => {}, { plain: false });
    const lab = fakeLab({ clusters: [] });
    await new Tutor({
      lab,
      shell: new Shell({ lab, workspaceDir: "/nowhere", commands: [] }),
      present: new Presenter(screen, language),
      notices: new Notices(),
      lessons,
      language,
      command: "tutor",
      resetFiles: () => Promise.reject(new Error("nothing is reset")),
    }).run();
    const shown = screen.written.slice(0, screen.written.indexOf("^D")).split("\n");
    const from = shown.findIndex((line) => line.includes("hpa-tutor"));
    assert.ok(from >= 0);
    assert.ok(shown.length - from <= 24, `${shown.length - from} lines`);
    // The last column is left to the cursor.
    for (const line of shown) assert.ok(displayWidth(line) <= 80, line);
  });
}
