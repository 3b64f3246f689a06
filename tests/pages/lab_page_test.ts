import assert from "node:assert/strict";
import { openWorkbench } from "../../lib/cli/context.ts";
import { temporaryHome } from "../../lib/cli/home.ts";
import { openHostPort } from "../../lib/labs/mod.ts";
import { labView, loadLessons } from "../../lib/lesson/mod.ts";
import { openLabPage } from "../../lib/pages/mod.ts";
import { makeBundle } from "../../lib/pages/browser/make.ts";
import type { ShownPlace } from "../../lib/tutor/mod.ts";
import { axeScript, Browser, findChromium, type PageOptions } from "./_browser.ts";

const lessons = await loadLessons();
const chromium = await findChromium();
const LIB = new URL("../../lib/", import.meta.url);

const VALUES = "./helm_values/prometheus-adapter.yaml";
/** What makes of nothing the lab of lesson 7, which scales to three. */
const LINES = [
  "make install",
  "make install-prometheus-operator",
  `sed -i '/^# *rules:/,$ s/^# \\{0,1\\}//' ${VALUES}`,
  "make install-prometheus-adapter",
  "kubectl apply -f ./examples/01_nginx_custom_metrics/",
  "clock +1m",
  "load http://127.0.0.1:30951 --rps 2 --for 1m",
  "clock +2m",
];

/** The editor of a query, which has a root of its own. */
const EDITOR = `document.querySelector(".editor").shadowRoot`;

/** A place at lesson 7, which may ask for a number. */
function placeAt(isAsking: boolean): ShownPlace {
  return {
    lessons: lessons.map(({ lesson }, at) => ({
      id: lesson.id,
      number: at + 1,
      title: lesson.title.en,
      minutes: lesson.minutes,
      isOpen: at === 6,
      done: 0,
      steps: lesson.steps.map(({ id }) => ({ id, isOpen: false })),
    })),
    step: {
      lesson: 7,
      number: 1,
      of: 6,
      text: "See `<b>it</b>`:\n\n    kubectl get hpa",
      isDone: false,
    },
    isFree: false,
    isAsking,
    about: "hpa",
  };
}

Deno.test("what the pages load is what their sources make", async () => {
  for (const [path, bytes] of await makeBundle()) {
    assert.deepEqual(await Deno.readFile(new URL(path, LIB)), bytes, `${path}: deno task pages`);
  }
  const assets = new URL("sim/programs/prometheus/assets/", LIB);
  let packed = 0;
  for (const name of ["query.js", "time.js", "style.css"]) {
    packed += await packedBytes((await Deno.open(new URL(name, assets))).readable);
  }
  assert.ok(packed < 300_000, `${packed} bytes`);
});

/** How many bytes a stream has once it is compressed. */
async function packedBytes(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<number> {
  const packed = stream.pipeThrough(new CompressionStream("gzip"));
  return (await new Response(packed).arrayBuffer()).byteLength;
}

Deno.test("the lab's page", async (t) => {
  const home = await temporaryHome("pages");
  const { lab, shell, close } = await openWorkbench(home, { purpose: "a test" });
  let isAsking = false;
  const page = await openLabPage({
    lab,
    view: labView(lab, shell.files),
    place: () => placeAt(isAsking),
    language: () => "en",
  }, 0);
  const base = `http://127.0.0.1:${page.port}`;
  const door = await openHostPort(0, (request) => {
    const url = new URL(request.url);
    url.port = "30950";
    return lab.http(new Request(url, request));
  });
  const prometheus = `http://127.0.0.1:${door.port}`;
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(base + path, { headers });
  let browser: Browser | undefined;

  try {
    await t.step("is whole in itself, under a strict policy, and light", async () => {
      let bytes = 0;
      for (const path of ["/", "/lab.js", "/lab.css"]) {
        const response = await get(path);
        const policy = response.headers.get("content-security-policy")!;
        assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self';/);
        assert.doesNotMatch(policy, /unsafe|https?:/);
        bytes += await packedBytes(response.body!);
      }
      assert.ok(bytes < 300_000, `${bytes} bytes`);
      assert.equal((await get("/nothing")).status, 404);
      assert.match(await (await get("/?lang=ko")).text(), /<html lang="ko">/);
    });

    await t.step("tells pages of other origins nothing, and takes no change", async () => {
      const foreign: Record<string, string>[] = [
        { "sec-fetch-site": "cross-site" },
        { origin: "http://example.org" },
        { "sec-fetch-site": "same-site", "sec-fetch-mode": "cors" },
      ];
      for (const headers of foreign) {
        const refused = await get("/live", headers);
        assert.equal(refused.status, 403);
        await refused.body?.cancel();
      }
      const post = await fetch(`${base}/sum`, { method: "POST", body: "" });
      assert.equal(post.status, 405);
      await post.body?.cancel();
    });

    await t.step("says at once where the learner is, also without a cluster", async () => {
      const stopped = new AbortController();
      const stream = await fetch(`${base}/live`, { signal: stopped.signal });
      const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
      const { value } = await reader.read();
      const { place, clock } = JSON.parse(value!.split("\n\n")[0].slice("data: ".length));
      assert.equal(place.step.lesson, 7);
      assert.equal(clock.nowMs, lab.clock.now());
      stopped.abort();
      await reader.closed.catch(() => {});
    });

    for (const line of LINES) {
      const { exitCode, stderr } = await shell.run(line);
      assert.equal(exitCode, 0, `${line}: ${stderr}`);
    }
    const [hpa] = await labView(lab, shell.files).list("horizontalpodautoscalers.autoscaling");
    const { namespace, name } = hpa.metadata;
    const record = await lab.recorded({ namespace: namespace!, name, fromMs: 0 });
    const up = record!.decisions.findLast(({ events }) =>
      events.some(({ message }) => message.startsWith("New size: 3;"))
    )!;
    const sum = async () =>
      await (await get(`/sum?hpa=${namespace}/${name}&at=${up.atMs + 5_000}&lang=ko`)).json();

    await t.step("pages of the lab tell the lab's time, and not the machine's", async () => {
      for (const page of ["30950/targets", "30951/", "30952/metrics"]) {
        const { headers, body } = await lab.http(new Request(`http://127.0.0.1:${page}`));
        await body?.cancel();
        const now = new Date(Math.floor(lab.clock.now() / 1000) * 1000).toUTCString();
        assert.equal(headers.get("date"), now, page);
      }
    });

    await t.step("has the sum of a decision that was, unless a number is asked for", async () => {
      const told = await sum();
      assert.equal(told.atMs, up.atMs);
      assert.match(told.lines.at(-1), /^레플리카 \d → 3$/);
      isAsking = true;
      assert.deepEqual(await sum(), {
        lines: ["계산은 숫자를 입력할 때까지 보여 주지 않습니다."],
      });
      isAsking = false;
    });

    if (chromium === undefined) {
      console.log("No Chromium is here, and none could be installed: the page was not looked at.");
      return;
    }
    browser = await Browser.start(chromium);
    // One tab looks at all of it, as a learner's would.
    const shown = await browser.open("about:blank");
    const open = async (url: string, options: PageOptions = {}) => {
      await shown.shape(options);
      await shown.go(url);
    };

    await t.step("draws the way of the metric, the HPA's past and the open step", async () => {
      await open(`${base}/?span=2h`);
      await shown.until(`document.querySelector("#timeline svg")`);
      const hops = `[...document.querySelectorAll("#chain svg title")].map((t) => t.textContent)`;
      const drawn: string[] = await shown.until(`${hops}.length > 0 && ${hops}`);
      assert.deepEqual(drawn.filter((hop) => !hop.endsWith(": works")), []);
      assert.equal(await shown.run(`document.querySelectorAll("#chain-words li").length`), 9);
      assert.equal(
        await shown.run(`document.querySelector("#step code").textContent`),
        "<b>it</b>",
      );
      assert.match(
        await shown.run(`document.querySelector("#nodes").innerText`),
        /hpa-practice-worker/,
      );
    });

    await t.step(
      "goes by keys to the moment of New size: 3, and tells its sum; Back goes back",
      async () => {
        const before = await shown.run("location.search");
        await shown.run(`[...document.querySelectorAll(".scrubber button")][0].focus()`);
        for (let at = 0; at < 9; at++) {
          const told = await shown.run(`document.querySelector(".sum").innerText`);
          if (/→ 3$/.test(told)) break;
          await shown.press("Enter");
          await shown.until(`document.querySelector(".sum").innerText !== ${JSON.stringify(told)}`);
        }
        const told: string = await shown.run(`document.querySelector(".sum").innerText`);
        assert.match(told, /÷ 50 = [^]*→ 3$/);
        const link = await shown.run("location.href");
        assert.match(link, /at=\d+/);
        await shown.run("history.go(-1)");
        await shown.until(
          `!location.search.includes(${JSON.stringify(new URL(link).searchParams.get("at"))})`,
        );
        assert.notEqual(await shown.run("location.search"), new URL(link).search);
        assert.ok(!before.includes("at="));
        await open(link);
        await shown.until(`document.querySelector(".sum").innerText === ${JSON.stringify(told)}`);
      },
    );

    await t.step("completes, runs, graphs and marks queries in Prometheus' page", async () => {
      await open(`${prometheus}/`);
      await shown.until(`document.activeElement?.className === "editor"`);
      await shown.type("nginx_http_req");
      await shown.until(
        `${EDITOR}.querySelector(".cm-tooltip-autocomplete")?.innerText` +
          `.includes("nginx_http_requests_total")`,
      );
      // The list takes no key in its first moment.
      await new Promise((resolve) => setTimeout(resolve, 300));
      await shown.press("Enter");
      await shown.until(
        `${EDITOR}.querySelector(".cm-content").innerText === "nginx_http_requests_total"`,
      );
      await shown.press("Enter");
      await shown.until(`document.querySelector(".result td.value")`);
      const row = await shown.run(`document.querySelector(".result tr").innerText`);
      assert.match(row, /^nginx_http_requests_total\{.*service="nginx-custom-metric".*\}\s+\d+$/s);
      const table = await shown.run("location.search");
      assert.match(table, /g0\.expr=nginx_http_requests_total&g0\.tab=table/);
      await shown.run(`document.querySelectorAll(".tabs button")[1].click()`);
      await shown.until(
        `document.querySelector(".plot canvas") && document.querySelector(".entries")`,
      );
      await shown.run("history.back()");
      await shown.until(`document.querySelector(".result td.value")`);
      assert.equal(await shown.run("location.search"), table);
      await shown.run("history.forward()");
      await shown.until(`document.querySelector(".plot canvas")`);
      await open(await shown.run("location.href"));
      await shown.until(`document.querySelector(".plot canvas")`);
      await shown.until(`/UTC/.test(document.getElementById("time").innerText)`);
      await shown.run(`${EDITOR}.querySelector(".cm-content").focus()`);
      await shown.press("End");
      await shown.type("{job=}");
      await shown.until(`${EDITOR}.querySelector(".cm-lintRange-error")`);
      await shown.press("Escape");
      await shown.press("Enter");
      const told = await shown.until(`document.querySelector(".message.bad")?.innerText`);
      assert.match(told, /parse error: unexpected/);
    });

    await t.step("explains a query by its parts, each with what it comes to", async () => {
      const query = 'sum(nginx_http_requests_total) / count(up{namespace=~"default"} offset 1m)';
      await open(`${prometheus}/query?g0.expr=${encodeURIComponent(query)}&g0.tab=explain`);
      const told: string[] = await shown.until(
        `!/…/.test(document.querySelector(".tree")?.innerText ?? "…") && ` +
          `[...document.querySelectorAll(".tree li")].map((li) => ` +
          `[...li.children].slice(0, 3).map((one) => one.innerText).join(" | "))`,
      );
      const [whole, sum, requests, count, offset, up] = told;
      assert.match(whole, /^sum\(.* offset 1m\) \| binary operation \| 1 series\n\{\} [\d.]+$/);
      assert.match(sum, /^sum\(nginx_http_requests_total\) \| aggregation \| 1 series\n\{\} \d+$/);
      assert.match(requests, /^nginx_http_requests_total \| instant vector selector \| 3 series\n/);
      assert.match(count, /^count\(up.*\) \| aggregation \| 1 series\n\{\} \d+$/);
      assert.match(offset, /^up.* offset 1m \| at an offset \| \d+ series\n/);
      assert.match(up, /^up\{namespace=~"default"\} \| instant vector selector \| \d+ series\n/);
      assert.equal(told.length, 6);
    });

    await t.step("breaks no value and no word of a table", async () => {
      for (const width of [360, 1280]) {
        await open(`${prometheus}/query?g0.expr=nginx_http_requests_total*1000`, { width });
        await shown.until(`document.querySelector(".result td.value")`);
        const lines = await shown.run(`(() => {
          const range = document.createRange();
          range.selectNodeContents(document.querySelector(".result td.value"));
          return range.getClientRects().length;
        })()`);
        assert.equal(lines, 1, `${width}`);
        await open(`${prometheus}/targets`, { width });
        const states = `[...document.querySelectorAll("td.state > span")].map((span) => ` +
          `span.getClientRects().length)`;
        assert.deepEqual(new Set(await shown.run<number[]>(states)), new Set([1]), `${width}`);
      }
    });

    await t.step("marks a ServiceMonitor that is broken, with what why says", async () => {
      const patched = await shell.run(
        `kubectl -n default label servicemonitor nginx-custom-metric release-`,
      );
      assert.equal(patched.exitCode, 0, patched.stderr);
      await lab.clock.advance(60_000);
      await open(`${base}/`);
      const title: string = await shown.until(
        `document.querySelector(".why .bad")?.textContent`,
      );
      assert.match(title, /broken at monitor/);
      const box = `[...document.querySelectorAll("#chain svg title")].map((t) => t.textContent)`;
      assert.ok((await shown.run<string[]>(box)).includes("ServiceMonitor: does not work"));
    });

    await t.step("has every control in reach of Tab, which is seen where it is", async () => {
      const looks: [url: string, ready: string][] = [
        [`${base}/`, "#timeline svg"],
        [`${prometheus}/query?g0.expr=up&g0.tab=graph`, ".entries button"],
        [`${prometheus}/service-discovery`, "details"],
        [`${prometheus}/rules`, "[data-row]"],
      ];
      for (const [url, ready] of looks) {
        await open(url);
        await shown.until(`document.querySelector(${JSON.stringify(ready)})`);
        const controls = `[...document.querySelectorAll("a, button, select, input, summary, ` +
          `[tabindex='0'], .editor")].filter((one) => one.checkVisibility() && !one.disabled)`;
        const all: number = await shown.run(`${controls}.length`);
        await shown.run(`document.activeElement.blur(); getSelection().removeAllRanges();`);
        const reached = new Set<number>();
        for (let at = 0; at < all + 9 && reached.size < all; at++) {
          await shown.press("Tab");
          const index: number = await shown.run(`${controls}.indexOf(document.activeElement)`);
          if (index < 0) continue;
          // The editor needs a moment to know that it has the focus.
          await shown.until(`(() => {
            const { shadowRoot } = document.activeElement;
            const drawn = shadowRoot?.querySelector(".cm-editor") ?? document.activeElement;
            const { outlineStyle, boxShadow } = getComputedStyle(drawn);
            return outlineStyle !== "none" || boxShadow !== "none";
          })()`);
          reached.add(index);
        }
        const missed = await shown.run(
          `${controls}.filter((_, at) => !${JSON.stringify([...reached])}.includes(at))` +
            `.map((one) => one.outerHTML.slice(0, 200))`,
        );
        assert.deepEqual(missed, [], url);
      }
    });

    await t.step(
      "is free of serious findings of axe, wide and narrow, light and dark",
      async () => {
        const axe = await axeScript();
        const narrow = { width: 360, height: 800, dark: true };
        const looks: [url: string, ready: string, options: PageOptions][] = [
          [`${base}/?lang=en`, "#timeline svg", {}],
          [`${base}/?lang=ko`, "#timeline svg", narrow],
          [`${prometheus}/query?g0.expr=up&g0.tab=graph`, ".entries", {}],
          [`${prometheus}/query?g0.expr=up&g0.tab=table`, ".result table", narrow],
          [`${prometheus}/rules`, "[data-row]", { width: 500 }],
          [`${prometheus}/targets`, "[data-row]", { dark: true }],
          [`${prometheus}/service-discovery`, "[data-row]", { width: 500 }],
          [`${prometheus}/query?g0.expr=sum(up)&g0.tab=explain`, ".tree li", narrow],
          [`${prometheus}/alerts`, "main", { dark: true }],
          [`${prometheus}/config`, "pre", narrow],
          [`${prometheus}/tsdb-status`, "table", { width: 500 }],
          [`${prometheus}/status`, "table", { dark: true }],
          [`${prometheus}/flags`, "table", narrow],
        ];
        for (const [url, ready, options] of looks) {
          const { body } = await fetch(url);
          const bytes = await packedBytes(body!);
          assert.ok(bytes < 200_000, `${url}: ${bytes} bytes`);
          await open(url, options);
          await shown.until(`document.querySelector(${JSON.stringify(ready)})`);
          await shown.run(`document.querySelector("main details")?.setAttribute("open", "")`);
          const wide = await shown.run("document.documentElement.scrollWidth - innerWidth");
          assert.ok(wide <= 0, `${url}: ${wide} pixels too wide`);
          if (axe === undefined) {
            console.log("axe-core could not be had: the page was not looked at by it.");
            continue;
          }
          await shown.run(`${axe}; undefined`);
          const found = await shown.run(
            `axe.run().then(({ violations }) => violations.filter(({ impact }) => ` +
              `["serious", "critical"].includes(impact)).map(({ id, nodes }) => id + ": " + ` +
              `nodes.map(({ html }) => html).join(" ")))`,
          );
          assert.deepEqual(found, [], url);
        }
      },
    );

    await t.step("nothing was refused to them, and nothing threw", () => {
      // That a query is wrong is the server's answer, of which the browser tells as well.
      const isAnswer = (text: string) => text.includes("status of 400");
      assert.deepEqual(shown.complaints.filter((text) => !isAnswer(text)), []);
    });
  } finally {
    await browser?.close();
    await page.close();
    await door.close();
    await close();
    await Deno.remove(home, { recursive: true });
  }
});
