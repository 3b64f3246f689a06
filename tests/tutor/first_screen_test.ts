import assert from "node:assert/strict";
import { type Language, LANGUAGES, loadLessons } from "../../lib/lesson/mod.ts";
import { kubectl } from "../../lib/commands/kubectl/mod.ts";
import { Shell } from "../../lib/shell/mod.ts";
import { displayWidth } from "../../lib/term/mod.ts";
import { Notices, Presenter, Tutor } from "../../lib/tutor/mod.ts";
import { fakeLab } from "../labs/fake_lab.ts";
import { ScriptedScreen } from "./scripted_screen.ts";

const lessons = await loadLessons();

/** What a newcomer with these lines sees. */
async function begin(
  language: Language,
  lines: string[],
  clusters: string[] = [],
): Promise<string> {
  const screen = new ScriptedScreen(lines, () => {}, { plain: false });
  const api = () => Promise.reject(new TypeError("connection refused"));
  const lab = Object.assign(fakeLab({ clusters }), { api });
  const workspaceDir = await Deno.makeTempDir();
  await new Tutor({
    lab,
    shell: new Shell({ lab, workspaceDir, commands: [kubectl] }),
    present: new Presenter(screen, language),
    notices: new Notices(),
    lessons,
    language,
    command: "tutor",
    resetFiles: () => Promise.reject(new Error("nothing is reset")),
  }).run();
  await Deno.remove(workspaceDir, { recursive: true });
  return screen.written;
}

for (const language of LANGUAGES) {
  Deno.test(`the first screen, prompt and all, fits a terminal of 80 by 24: ${language}`, async () => {
    const written = await begin(language, []);
    const shown = written.slice(0, written.indexOf("^D")).split("\n");
    const from = shown.findIndex((line) => line.includes("hpa-tutor"));
    assert.ok(from >= 0);
    assert.ok(shown.length - from <= 24, `${shown.length - from} lines`);
    for (const line of shown) assert.ok(displayWidth(line) <= 80, line);
  });
}

Deno.test("a map says of what comes later in which lesson it comes", async () => {
  const written = await begin("en", ["map"], ["hpa-practice"]);
  assert.match(written, /The way of CPU and memory/);
  assert.match(written, /metrics-server[^]*not there yet/);
  assert.match(written, /Still to come: .*HPA, Deployment in lesson 5\./);
  assert.doesNotMatch(written, /ServiceMonitor/);
});

Deno.test("kubectl that finds no cluster before there was one does nothing of the lesson", async () => {
  const written = await begin("en", ["kubectl get node"]);
  assert.match(written, /was refused[^]*Still to come: a cluster that answers/);
  assert.doesNotMatch(written, /out of turn|That does step/);
});
