import assert from "node:assert/strict";
import { openWorkbench } from "../../lib/cli/context.ts";
import { temporaryHome } from "../../lib/cli/home.ts";
import { type LabView, labView, loadLessons, playSteps, type Step } from "../../lib/lesson/mod.ts";
import {
  listAutoscalers,
  readPast,
  readPipeline,
  readThere,
  readTimeline,
} from "../../lib/seeing/mod.ts";
import type { Capabilities } from "../../lib/term/mod.ts";
import { displayWidth, stripEscapes } from "../../lib/term/mod.ts";
import {
  bringToStart,
  freshProgress,
  Notices,
  Presenter,
  stageProgress,
  Tutor,
} from "../../lib/tutor/mod.ts";
import { ScriptedScreen } from "./scripted_screen.ts";

const RULES = { lesson: "06-adapter-rules", step: "rules" };
const DRAWN = { plain: false, color: true };
const lessons = await loadLessons();

/** A screen on which Ctrl-C is pressed once a graph was drawn over itself. */
class ImpatientScreen extends ScriptedScreen {
  #press = () => {};

  override write(text: string): void {
    super.write(text);
    // deno-lint-ignore no-control-regex
    if (/\x1b\[\d+A/.test(text)) this.#press();
  }

  override onInterrupt(handler?: () => void): () => void {
    if (handler) this.#press = handler;
    return () => void (this.#press = () => {});
  }
}

Deno.test("on a lab of lessons 6 and 7", async (t) => {
  const home = await temporaryHome("seeing");
  const { lab, shell, close } = await openWorkbench(home, { purpose: "a test" });
  const stage = { lab, shell, files: shell.files };
  const view = labView(lab, shell.files);

  /** What a tutor writes when `lines` are typed at the step of the adapter's rules. */
  async function typed(
    lines: string[],
    { language = "en", screen, at = RULES, ...capabilities }:
      & { language?: "en" | "ko"; screen?: ScriptedScreen; at?: { lesson: string; step: string } }
      & Partial<Capabilities> = {},
  ): Promise<string> {
    const on = screen ?? new ScriptedScreen(lines, () => {}, capabilities);
    stageProgress(lab.state, { ...freshProgress(), ...at });
    const tutor = new Tutor({
      lab,
      shell,
      present: new Presenter(on, language),
      notices: new Notices(),
      lessons,
      language,
      command: "tutor",
      resetFiles: () => Promise.reject(new Error("not here")),
    });
    await tutor.run();
    return on.written;
  }

  /** What stands between a prompt with `line` and the next one. */
  const after = (text: string, line: string) =>
    stripEscapes(text).split(` $ ${line}\n`)[1].split(/\n\d\.\d+ x?\S* \$ /)[0];

  /** The same where sentences were wrapped. */
  const unwrapped = (text: string) => text.replaceAll("\n", " ");

  const step = async (lesson: string, ids: string[]) => {
    const steps = lessons.find((loaded) => loaded.lesson.id === lesson)!.lesson.steps
      .filter((step: Step) => ids.includes(step.id));
    const played = await playSteps(stage, { ...lessons[0].lesson, steps });
    assert.ok(played.ok, `${lesson} ${ids}`);
  };

  try {
    await t.step("without a cluster, and without an HPA, both say so", async () => {
      assert.match(after(await typed(["map", "graph"]), "map"), /There is no cluster now\./);
      assert.match(after(await typed(["graph"]), "graph"), /There is no HPA in the lab yet\./);
    });

    const built = await bringToStart(stage, "06-adapter-rules", lessons);
    assert.ok(built.ok);
    // The adapter looks for names once a minute.
    await stage.lab.clock.advance(120_000);

    await t.step(
      "map marks the hop that fails, the nearest name, and the step's own hop",
      async () => {
        const drawn = after(await typed(["map"], DRAWN), "map");
        assert.match(drawn, /^✓ container {7}nginx \(nginx:1\.29\)\n│ {17}1 of 1 pods ready\n/m);
        assert.match(
          drawn,
          /✓ Prometheus .*\n│ +1 of 1 targets up; sum\(nginx_http_requests_total\) = \d+/,
        );
        assert.match(
          drawn,
          /✗ adapter rule {4}prometheus-adapter {2}◀ you are here\n│ +no rule gives services\/nginx_http_requests_total; nearest:\n│ +services\/nginx_http_requests\n/,
        );
        assert.match(drawn, /✗ HPA {13}nginx-custom-metric\n│ +FailedGetObjectMetric: /);
        assert.match(drawn, /✓ Deployment/);
        const lines = drawn.split("\n");
        assert.deepEqual(lines.filter((line) => displayWidth(line) > 80), []);
        assert.ok(lines.length <= 23, `${lines.length} lines`);
      },
    );

    await t.step("map speaks in sentences, in Korean too", async () => {
      const told = after(await typed(["map"], { language: "ko" }), "map");
      assert.match(
        unwrapped(told),
        /6\. adapter 규칙, prometheus-adapter: 안 됨; .*가장 가까운 것: services\/nginx_http_requests\. 지금 여기입니다\./,
      );
    });

    await t.step(
      "a ServiceMonitor without its label, and a Service without pods, are named",
      async () => {
        const [hpa] = await listAutoscalers(view);
        const hop = async (name: string) =>
          (await readPipeline(view, hpa, "default")).find((now) => now.hop === name)!;
        const run = (line: string) => stage.shell.run(line);
        await run("kubectl label servicemonitor nginx-custom-metric release-");
        assert.deepEqual(
          (await hop("service-monitor")).shows.en,
          "Prometheus looks at none without the label release=operator",
        );
        await run("kubectl label servicemonitor nginx-custom-metric release=operator");
        await run(
          `kubectl patch service nginx-custom-metric -p '{"spec":{"selector":{"app":"x"}}}'`,
        );
        assert.deepEqual((await hop("service")).shows.en, "selects no pod: app=x");
        await run(
          `kubectl patch service nginx-custom-metric -p '{"spec":{"selector":{"app":"nginx-custom-metric"}}}'`,
        );
        assert.equal((await hop("service")).state, "works");
      },
    );

    await t.step("graph says that nothing could be read", async () => {
      const told = after(await typed(["graph"]), "graph");
      assert.match(
        unwrapped(told),
        /The HPA could not read nginx_http_requests_total the last time; its target is 50\./,
      );
      assert.match(told, /FailedGetObjectMetric/);
    });

    await step("06-adapter-rules", ["rules"]);
    await step("07-hpa-acts", ["look", "rate", "up-again"]);

    await t.step("graph draws what Prometheus remembers: up, down and up again", async () => {
      const drawn = after(await typed(["graph last 20m"], DRAWN), "graph last 20m");
      assert.match(
        drawn,
        /^nginx-custom-metric · nginx_http_requests_total \d+(\.\d+)?\/50 · replicas 3 \(1 to 3\)\n/,
      );
      assert.match(drawn, /└─+▲─+▼─+▲/);
      assert.match(drawn, /scaled down to 1: All metrics below target\n.*scaled up to/);
      const lines = drawn.trimEnd().split("\n");
      assert.deepEqual(lines.filter((line) => displayWidth(line) > 80), []);
      assert.ok(lines.length <= 22, `${lines.length} lines`);
    });

    await t.step("sums that give a number away wait until it was given", async () => {
      const at = { lesson: "07-hpa-acts", step: "without-limit" };
      const asked = ["why", "why -o json", "decide", 'x=$(why); echo "$x"'];
      for (const language of ["en", "ko"] as const) {
        const text = await typed([...asked, "99", "99", "decide"], { at, language });
        const held = language === "en" ? /The sum is held back until/ : /숫자를 입력할 때까지/;
        for (const line of asked) {
          const told = unwrapped(after(text, line));
          assert.doesNotMatch(told, /÷|"decided"|rounded up/, line);
          if (!line.includes("json")) assert.match(told, held, line);
        }
        assert.match(after(text, "why"), /^rule +(ok +rule|정상 +규칙) 7/m);
        assert.match(after(text, "decide"), held);
        assert.match(text.split("$ decide\n")[2], /÷ 50 = /);
      }
    });

    await t.step("a past is of what was: within bounds, and its end is what is now", async () => {
      const [hpa] = await listAutoscalers(view);
      // What the cluster recorded, and what Prometheus remembers of a cluster that records nothing.
      for (const recorder of [lab, {}]) {
        const past = await readPast({ view, lab: recorder }, hpa, 20 * 60_000);
        assert.equal(past.toMs, view.now());
        const ready = past.ready.filter((value) => value !== undefined);
        assert.deepEqual([Math.max(...ready), ready.at(-1)], [3, 3]);
        assert.equal(past.values.at(-1), hpa.metrics[0].current);
        const sizes = past.events.map(({ to, isUp }) => `${isUp ? "up" : "down"} to ${to}`);
        assert.match(sizes.join(", "), /up to 3, .*down to 1, .*up to 3$/);
      }
    });

    await t.step("the sum behind a change of size is there long after it", async () => {
      const [hpa] = await listAutoscalers(view);
      const { events, fromMs } = await readTimeline({ view, lab }, hpa, 20 * 60_000);
      const up = events.findLast(({ to }) => to === 3)!;
      const { namespace, name } = hpa;
      const sum = await lab.recordedSum({ namespace, name, atMs: up.atMs + 1 });
      assert.equal(sum?.atMs, up.atMs);
      assert.match(sum!.lines.map(({ text }) => text).join("\n"), / ÷ 50 = [^]*→ 3$/);
      assert.equal(await lab.recordedSum({ namespace, name, atMs: 0 }), undefined);
      const { pods, nodes, isRecorded } = await readThere({ view, lab }, namespace, fromMs);
      assert.ok(isRecorded);
      const gone = pods.filter(({ of, goneMs }) => of === hpa.scales.name && goneMs !== undefined);
      assert.ok(gone.length >= 2);
      for (const { createdMs, ready: [[fromMs, toMs]], goneMs } of gone) {
        assert.ok(createdMs <= fromMs && fromMs < toMs! && toMs! <= goneMs!);
      }
      assert.deepEqual(nodes.map(({ name }) => name), [
        "hpa-practice-control-plane",
        "hpa-practice-worker",
      ]);
      // Of a cluster that records nothing those that are there now are known, of a Deployment's by its name.
      const now = await readThere({ view, lab: {} }, namespace, fromMs);
      assert.ok(!now.isRecorded);
      const scaled = now.pods.filter(({ of }) => of === hpa.scales.name);
      assert.equal(scaled.length, 3);
      for (const { node, ready } of scaled) {
        assert.deepEqual([node, ready.length], ["hpa-practice-worker", 1]);
      }
      assert.equal(now.nodes.length, 2);
    });

    await t.step("graph says the same in sentences", async () => {
      const told = after(
        await typed(["graph nginx-custom-metric -n default last 20m"]),
        "graph nginx-custom-metric -n default last 20m",
      );
      assert.match(told, /nginx_http_requests_total fell from \d+/);
      assert.match(
        unwrapped(told),
        /Ready replicas: .*1 from .*3 from .*1 from .*3 from [\d:]+\./,
      );
      assert.match(told, /[\d:]+ scaled down to 1: All metrics below target/);
    });

    await t.step("graph live draws in one place until Ctrl-C; elsewhere once", async () => {
      assert.match(await typed(["graph live"]), /`?live`? needs a terminal/);
      const screen = new ImpatientScreen(["graph live"], () => {}, DRAWN);
      const text = await typed([], { screen });
      const [first, second] = text.split("Ctrl-C ends this").slice(0, 2);
      // deno-lint-ignore no-control-regex
      const [, back] = /\x1b\[(\d+)A\r\x1b\[J/.exec(second)!;
      const drawn = first.slice(first.indexOf("graph live\n") + "graph live\n".length);
      assert.equal(Number(back), drawn.split("\n").length);
      assert.ok(Number(back) < 24);
    });

    await t.step(
      "words that graph does not take are explained; with several HPAs it asks",
      async () => {
        assert.match(await typed(["graph --help"]), /graph \[HPA\] \[last 10m\]/);
        assert.match(await typed(["graph last soon"]), /"soon" is no length of time/);
        assert.match(await typed(["graph last"]), /A length of time is missing; say it as in/);
        assert.match(
          await typed(["graph nobody"]),
          /There is no HPA "nobody"\.\n {2}graph nginx-custom-metric -n default/,
        );
        await stage.shell.run("kubectl autoscale deployment prometheus-adapter --max=2 --cpu=50%");
        assert.match(
          await typed(["graph"]),
          /Which one\? Name it:\n {2}graph nginx-custom-metric -n default\n {2}graph prometheus-adapter -n default\n/,
        );
        const at = { lesson: "07-hpa-acts", step: "look" };
        assert.match(
          after(await typed(["map"], { at }), "map"),
          /to the HPA nginx-custom-metric, [^]*Other HPAs: prometheus-adapter/,
          "the HPA that the step names, and not the newest",
        );
        const cpu = after(await typed(["map prometheus-adapter"]), "map prometheus-adapter");
        assert.match(
          cpu,
          /2\. metrics-server: works; 1 of 1 pods ready\.\n3\. APIService, v1beta1\.metrics\.k8s\.io: works; Available\./,
        );
      },
    );

    await t.step(
      "without Prometheus there is no past but the one that the lab recorded, and now is told",
      async () => {
        const silent: LabView = { ...view, http: () => Promise.resolve({ code: 0, text: "" }) };
        const [hpa] = await listAutoscalers(silent);
        const past = await readPast({ view: silent, lab: {} }, hpa, 60_000);
        assert.equal(past.gap, "no prometheus");
        assert.deepEqual(past.values, []);
        assert.equal((await readPast({ view: silent, lab }, hpa, 60_000)).gap, undefined);
        assert.deepEqual((await readPipeline(silent, hpa, "default"))[4].state, "waits");
      },
    );

    await t.step(
      "long output is folded at a terminal, and more shows it; nothing is in a pipe",
      async () => {
        const line = "seq 1 500";
        const text = await typed([line, "more"]);
        const folded = after(text, line);
        assert.match(folded, /^1\n2\n/);
        assert.match(folded, /\n48\n… 440 lines; `more` shows them\n489\n/);
        assert.match(folded, /\n500\n/);
        assert.equal(
          after(text, "more"),
          Array.from({ length: 500 }, (_, at) => at + 1).join("\n"),
        );
        const piped = `${line} | more`;
        assert.match(
          after(await typed([piped]), piped),
          /\n48\n… 440 lines; `more` shows them\n489\n/,
          "where there are no pages to turn",
        );
        assert.match(await typed([line], { interactive: false }), /\n250\n/);
        assert.match(await typed(["more"]), /Nothing was left out\./);
      },
    );
  } finally {
    await close();
    await Deno.remove(home, { recursive: true });
  }
});
