import assert from "node:assert/strict";
import { openWorkbench } from "../../lib/cli/context.ts";
import { temporaryHome } from "../../lib/cli/home.ts";
import { type Hop, loadLessons, UPGRADE, VALUES_PATH } from "../../lib/lesson/mod.ts";
import { displayWidth } from "../../lib/term/mod.ts";
import {
  bringToStart,
  freshProgress,
  Notices,
  Presenter,
  stageProgress,
  Tutor,
} from "../../lib/tutor/mod.ts";
import { brokenChain } from "../../lib/tutor/broken_chain.ts";
import { ScriptedScreen } from "./scripted_screen.ts";

const lessons = await loadLessons();

/** A screen on which Ctrl-C comes as soon as a metric is waited for. */
class LeavingScreen extends ScriptedScreen {
  #press = () => {};

  override write(text: string): void {
    super.write(text);
    if (/Waiting for services/.test(text)) this.#press();
  }

  override onInterrupt(handler?: () => void): () => void {
    if (handler) this.#press = handler;
    return () => void (this.#press = () => {});
  }
}

Deno.test("the values are followed from the saved file to the metric", async (t) => {
  const home = await temporaryHome("edit-loop");
  const { lab, shell, close } = await openWorkbench(home, { purpose: "a test" });
  const stage = { lab, shell, files: shell.files };
  await bringToStart(stage, "09-rules-of-your-own", lessons);
  const lesson = lessons.find(({ lesson }) => lesson.id === "09-rules-of-your-own")!.lesson;
  for (const line of lesson.setup ?? []) await shell.run(line);
  const given = await shell.files.read(VALUES_PATH);

  /** What a tutor writes when `lines` are typed at the first drill; a function does something elsewhere. */
  async function typed(
    lines: string[],
    { at, language = "en", screen, onPrompt, interactive = true, plain = true }: {
      at?: { lesson: string; step: string };
      language?: "en" | "ko";
      screen?: ScriptedScreen;
      onPrompt?: () => void;
      interactive?: boolean;
      plain?: boolean;
    } = {},
  ): Promise<string> {
    const on = screen ?? new ScriptedScreen(lines, onPrompt, { interactive, plain });
    stageProgress(lab.state, {
      ...freshProgress(),
      ...(at ?? { lesson: lesson.id, step: "count" }),
    });
    const tutor = new Tutor({
      lab,
      shell,
      present: new Presenter(on, language),
      notices: new Notices(),
      lessons,
      language,
      command: "tutor",
      resetFiles: () => Promise.resolve({ undo: async () => {}, drop: async () => {} }),
    });
    await tutor.run();
    // What is drawn over goes.
    const wide = on.written.split("\n").map((line) => line.slice(line.lastIndexOf("\r") + 1))
      .filter((line) => displayWidth(line) > 80)
      .filter((line) =>
        !/\$ |^[-+ ] |curl|helm|^\s*\S+$|kubectl|^#|^In a few|^Error from|^spaces at/.test(line)
      );
    assert.deepEqual(wide, []);
    return on.written;
  }
  const put = (text: string) => shell.files.write(VALUES_PATH, text);
  const fill = (query: string) =>
    given.replace(
      / {4}- seriesQuery: ''[^]*$/,
      () =>
        `    - seriesQuery: prometheus_http_request_duration_seconds_count
      resources:
        template: <<.Resource>>
      name:
        as: prometheus_requests_per_second
      metricsQuery: ${query} by (<<.GroupBy>>)
`,
    );
  const save = (text: string) => `cat > ${VALUES_PATH} <<'END'\n${text}END`;
  const COUNT = fill("sum(<<.Series>>{<<.LabelMatchers>>})");
  const RATE = fill("sum(rate(<<.Series>>{<<.LabelMatchers>>}[5m]))");

  try {
    await t.step(
      "a saved file that is wrong: what is right so far, what is wrong, what nobody looked at",
      async () => {
        const text = await typed([save(COUNT.replace(/\) by (\S+)\n$/, " by $1\n"))]);
        assert.match(
          text,
          /right so far {4}YAML, keys and fields, regular expressions, templates\n/,
        );
        assert.match(text, /wrong {11}line 41: `metricsQuery` does not parse as PromQL: a\s+`\)`/);
        assert.match(text, /not looked at {3}Prometheus' address, the rule on the series/);
        assert.doesNotMatch(text, /which runs|Enter upgrades/);
      },
    );
    await t.step(
      "a rule that serves another value is told from the file, with its number",
      async () => {
        const text = await typed([save(COUNT), "hint", "hint"]);
        assert.match(text, /finds \d series, and serves\s+prometheus_requests_per_second on/);
        assert.match(
          text,
          /the rule's query gives \d+, where about \S+ is\s+expected: that is the count of all/,
        );
        assert.match(text, /what to do {6}`hint` says it; `solution` shows it/);
        assert.match(text, /Hint 1 of 4\s+what to do\s+compare what is asked for/);
        assert.match(text, /Hint 2 of 4\s+`seriesQuery` takes a series/);
      },
    );
    await t.step(
      "a right file: the difference to the running release, and the upgrade on Enter",
      async () => {
        const text = await typed([save(RATE), ""]);
        assert.match(text, /\+ {3}- metricsQuery: sum\(rate\(/);
        assert.match(
          text,
          /which runs {2}helm upgrade --install prometheus-adapter \\\n {14}prometheus-community\/prometheus-adapter --namespace default \\\n {14}-f \.\/helm_values\/prometheus-adapter\.yaml --wait\n/,
        );
        assert.match(text, /Enter upgrades: `make install-prometheus-adapter`/);
        assert.match(text, /\$ \nmake install-prometheus-adapter\n/);
        assert.match(text, /release {4}revision (\d+) → \d+, deployed/);
        assert.match(text, /ConfigMap {2}other rules:\n[^]*\+ - metricsQuery: sum\(rate\(/);
        assert.match(text, /restart {4}its checksum stands in the pod's annotations/);
        assert.match(text, /metric {5}services\/prometheus_requests_per_second is served/);
        assert.match(text, /Done\n/);
        assert.equal(lab.lines.done.at(-1), UPGRADE);
      },
    );
    await t.step("the same values again are told to be the running release's", async () => {
      const text = await typed([save(RATE + "# mine\n")]);
      assert.match(text, /The running release \(revision \d+\) has these very values\./);
    });
    await t.step("a save in another window is told at Enter, in Korean too", async () => {
      let prompts = 0;
      const onPrompt = () =>
        void (++prompts === 2 && Deno.writeTextFileSync(
          `${home}/work/${VALUES_PATH}`,
          RATE.replace("5m", "10m"),
        ));
      const text = await typed(["true", ""], { language: "ko", onPrompt });
      assert.match(text, /여기까지 맞음/);
      assert.match(text, /Enter를 누르면 업그레이드합니다/);
    });
    await t.step("check offers the upgrade again where that alone is missing", async () => {
      const text = await typed([save(COUNT), UPGRADE, save(RATE), "check", ""]);
      assert.match(text, /Not there yet\.[^]*Enter upgrades: `make[^]*\$ \nmake install/);
      const wrong = await typed([save(COUNT), UPGRADE, save("rules: [\n"), "check"]);
      assert.doesNotMatch(wrong.split("Not there yet")[1], /Enter upgrades/);
    });
    await t.step("what a step asks to be broken is told, and not to be corrected", async () => {
      await typed([save(RATE), UPGRADE]);
      const text = await typed([`sed -i 's#^  url:.*#  url: http://nowhere#' ${VALUES_PATH}`], {
        at: { lesson: "04-prometheus-operator", step: "break" },
      });
      assert.match(text, /wrong +line 7: prometheus\.url names nowhere/);
      assert.match(text, /what to do +leave it: it is what this step asks for/);
      assert.match(text, /Enter upgrades/);
      const mend = await typed([UPGRADE, "clock +2m", "check"], {
        at: { lesson: "04-prometheus-operator", step: "mend" },
      });
      const said = mend.slice(mend.indexOf("Not there yet")).replace(/\s+/g, " ");
      assert.match(said, /unable to fetch metrics: dial tcp: lookup nowhere/);
      await typed([save(RATE), UPGRADE]);
    });
    await t.step("the broken hop that check names lies before the one of the step", async () => {
      await put(given);
      const hpa = `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: lost}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: operator-kube-state-metrics}
  maxReplicas: 2
  metrics:
  - type: Object
    object:
      describedObject: {apiVersion: v1, kind: Service, name: operator-kube-state-metrics}
      metric: {name: kube_deployment_status_replicas}
      target: {type: Value, value: "1"}
`;
      const monitor = "kubectl label servicemonitor operator-kube-state-metrics --overwrite";
      await shell.run(`${monitor} release=none`);
      await lab.clock.advance(10 * 60_000);
      await shell.run(`kubectl apply -f - <<'END'\n${hpa}END`);
      await lab.clock.advance(60_000);
      const told = async (about?: Hop) => (await brokenChain(lab, about))?.told.en;
      const anywhere = await told();
      assert.match(anywhere!, /^monitor: \S.*\.$/);
      assert.equal(await told("hpa"), anywhere);
      assert.equal(await told("container"), undefined);
      const { stdout } = await shell.run("why hpa/lost");
      assert.match(stdout, /^decision +waits +1 → 1 replicas$/m);
      await shell.run("kubectl delete hpa lost");
      await shell.run(`${monitor} release=operator`);
    });
    await t.step("a pipe is offered no key, and told the line", async () => {
      const text = await typed([save(RATE.replace("5m", "2m")), "", "true"], {
        interactive: false,
      });
      assert.match(text, /The cluster has it after: `make install-prometheus-adapter`/);
      assert.doesNotMatch(text, /REVISION/);
    });
    await t.step("what helm refuses changes nothing, and that is said", async () => {
      const text = await typed([save("rules: [\n"), UPGRADE]);
      assert.match(
        text,
        /Helm refused it, so nothing in the cluster changed: the release is still\s+revision/,
      );
    });
    await t.step(
      "a pod that does not come up is told with its last line, and who serves meanwhile",
      async () => {
        const text = await typed([
          `${save(RATE.replace("by (<<.GroupBy>>)", "by (<<.GroupBy)"))}\n${UPGRADE}`,
        ]);
        assert.match(text, /release {4}revision \d+ failed: /);
        assert.match(text, /restart {4}the new pod \S+ does not come up\s+\(\w+\):/);
        assert.match(text, /of before serves meanwhile, with\s+the rules of before/);
        assert.match(text, /wrong {11}line 35: `metricsQuery` has `<<` without `>>`/);
        assert.doesNotMatch(text, /is served;/);
      },
    );
    await t.step("Ctrl-C leaves the wait for the metric, and not the tutor", async () => {
      await typed([save(RATE), UPGRADE]);
      const gone =
        "kubectl -n default delete pod -l app.kubernetes.io/name=prometheus-adapter --wait=false";
      const line = `${save(RATE.replace("5m", "3m"))}\n${UPGRADE}\n${gone}`;
      const lines = [line, "echo still here"];
      const text = await typed(lines, {
        screen: new LeavingScreen(lines, () => {}, { plain: false, color: false }),
      });
      assert.match(text, /Left the wait for services\/prometheus_requests_per_second/);
      assert.match(text, /still here/);
    });
    await t.step("from any folder: check and the offer mean the learner's file", async () => {
      const lines = [
        "cd examples",
        save(COUNT).replace(VALUES_PATH, `~/${VALUES_PATH}`),
        "check",
        "cd",
      ];
      const text = await typed(lines);
      assert.doesNotMatch(text, /there is no helm_values/);
      assert.match(text, /the count of all\s+requests so far/);
    });
    await t.step(
      "solution shows what to change and why, and writes it only when it is told to",
      async () => {
        await put(given);
        const no = await typed(["solution", "n"]);
        assert.match(
          no,
          /- {5}- seriesQuery: ''\n\+ {5}- seriesQuery: 'prometheus_http_request_duration/,
        );
        assert.match(no, /metricsQuery {2}what Prometheus is asked for the value/);
        assert.doesNotMatch(no, /^- .*nginx_http/m);
        assert.equal(await shell.files.read(VALUES_PATH), given);
        const yes = await typed(["solution", "y", ""]);
        assert.match(yes, /Written to/);
        assert.match(yes, /right so far/);
        assert.match(yes, /Done\n/);
      },
    );
    await t.step("solution changes no more of the learner's rule than is wrong", async () => {
      await put(RATE.replace("rate(", "(").replace("[5m]", ""));
      const text = await typed(["solution", "n"]);
      const taken = text.split("\n").filter((line) => /^- {2,}/.test(line));
      assert.match(taken.join("\n"), /^- +metricsQuery: /);
      assert.equal(taken.length, 1, text);
    });
    await t.step("solution of a file that is right says what is missing behind it", async () => {
      await put(RATE.replace("5m", "4m"));
      const text = await typed(["solution"]);
      assert.match(text, /Your file is right; what is missing comes after it:/);
      assert.match(text, /Enter upgrades/);
    });
    await t.step("skip writes the rule alone: the learner's rules and comments stay", async () => {
      const own = given.replace(
        /^( *)custom:\n/m,
        (line, indent) =>
          `${line}${indent}  # one of my own\n${indent}  - seriesQuery: up\n${indent}    name: {as: mine}\n` +
          `${indent}    metricsQuery: sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)\n` +
          `${indent}  # what nginx counts\n`,
      );
      assert.notEqual(own, given);
      for (const left of [own, own.replace("seriesQuery: ''", "seriesQuery: prometheus_http_(")]) {
        await put(`${left}# the end\n`);
        const text = await typed(["skip"]);
        const [, told] = text.split(`Changed in ${VALUES_PATH}; all else in it stays:\n`);
        assert.match(
          told,
          /^- {5}- seriesQuery: .*\n\+ {5}- seriesQuery: 'prometheus_http_request_d/m,
        );
        assert.doesNotMatch(told.split("$ make")[0], /^[-+].*(mine|own|nginx|the end)/m);
        assert.match(told, /\$ make install-prometheus-adapter\n[^]*histogram is a counter/);
        const file = await shell.files.read(VALUES_PATH);
        for (const kept of own.split("\n").filter((line) => /own|mine|nginx|#/.test(line))) {
          assert.ok(file.includes(kept), `${kept} in ${file}`);
        }
        assert.match(file, /# the end\n$/);
      }
    });
  } finally {
    await close();
    await Deno.remove(home, { recursive: true });
  }
});
