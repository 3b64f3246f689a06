import assert from "node:assert/strict";
import {
  chop,
  codeSpan,
  commandRows,
  detectCapabilities,
  displayWidth,
  escapeMarkdown,
  graphemes,
  padEnd,
  renderColumns,
  renderDiff,
  renderMarkdown,
  renderTable,
  showInvisible,
  stripEscapes,
  styleFor,
  truncate,
  wrapText,
} from "../../lib/term/mod.ts";

const PLAIN = styleFor({ color: false, plain: true });
const COLOR = styleFor({ color: true, plain: false });

Deno.test("displayWidth() counts two columns for Korean and none for marks and escapes", () => {
  const cases: [string, number][] = [
    ["", 0],
    ["abc", 3],
    ["메트릭", 6],
    ["HPA 실습", 8],
    ["한".normalize("NFD"), 2],
    ["e\u0301", 1],
    ["\x1b[1mbold\x1b[22m", 4],
    ["✅", 2],
    ["a\u200bb", 2],
    ["（）", 4],
    ["│ x", 3],
  ];
  for (const [text, width] of cases) assert.equal(displayWidth(text), width, JSON.stringify(text));
});

Deno.test("truncate(), chop() and padEnd() go by display width", () => {
  assert.equal(truncate("메트릭 수집", 7), "메트릭…");
  assert.equal(truncate("abc", 3), "abc");
  assert.deepEqual(chop("가나다라", 5), ["가나", "다라"]);
  assert.equal(padEnd("가", 4), "가  ");
  assert.deepEqual(graphemes("가e\u0301"), ["가", "e\u0301"]);
});

Deno.test("detectCapabilities() honours NO_COLOR, TERM=dumb, pipes and --plain", () => {
  const facts = { env: {}, stdinIsTerminal: true, stdoutIsTerminal: true };
  const tell = (more: object) => {
    const { color, plain, interactive } = detectCapabilities({ ...facts, ...more });
    return { color, plain, interactive };
  };
  assert.deepEqual(tell({}), { color: true, plain: false, interactive: true });
  assert.deepEqual(tell({ env: { NO_COLOR: "1" } }), {
    color: false,
    plain: false,
    interactive: true,
  });
  assert.deepEqual(tell({ env: { TERM: "dumb" } }), {
    color: false,
    plain: true,
    interactive: true,
  });
  assert.deepEqual(tell({ plain: true }), { color: false, plain: true, interactive: true });
  assert.deepEqual(tell({ stdoutIsTerminal: false }), {
    color: false,
    plain: true,
    interactive: false,
  });
});

Deno.test("renderMarkdown() draws every kind of block within the width", () => {
  const markdown = [
    "# A title",
    "",
    "Some **bold** and *soft* words with `code here` and [a link](https://k8s.io), long enough to wrap.",
    "",
    "* one",
    "  * nested item",
    "* two is a longer item that has to wrap somewhere",
    "1. first",
    "",
    "```bash",
    "kubectl get --raw '/apis/custom.metrics.k8s.io/v1beta1' | jq . # all of it",
    "```",
    "```",
    "what a command printed is never wrapped, however long it is",
    "```",
    "",
    "| a | b |",
    "|---|---|",
    "| `x|y` | 가나 |",
    "",
    "> quoted",
  ].join("\n");
  assert.equal(
    renderMarkdown(markdown, { style: PLAIN, columns: 40, plain: true }),
    [
      "A title",
      "",
      "Some bold and soft words with",
      "`code here` and a link (https://k8s.io),",
      "long enough to wrap.",
      "",
      "- one",
      "  - nested item",
      "- two is a longer item that has to wrap",
      "  somewhere",
      "1. first",
      "",
      "    kubectl get \\",
      "      --raw '/apis/custom.metrics.k8s.io/v1beta1' \\",
      "      | jq . # all of it",
      "",
      "    what a command printed is never wrapped, however long it is",
      "",
      "a      b",
      "`x|y`  가나",
      "",
      "  quoted",
    ].join("\n"),
  );
});

Deno.test("renderMarkdown() wraps Korean by its width, and breaks neither words nor what can be typed", () => {
  const text = "커스텀 메트릭을 조회하면 에러가 발생합니다 그리고abcdefghijklmnopqrstuvwxyz끝 " +
    "or `kubectl get pods --all-namespaces`, **then `make all`** and the end";
  const lines = renderMarkdown(text, { style: COLOR, columns: 20 }).split("\n").map(stripEscapes);
  assert.deepEqual(lines, [
    "커스텀 메트릭을",
    "조회하면 에러가",
    "발생합니다",
    "그리고abcdefghijklmnopqrstuvwxyz끝",
    "or",
    "kubectl get pods \\",
    "  --all-namespaces,",
    "then make all and",
    "the end",
  ]);
});

Deno.test("renderDiff() stands side by side when there is room and stacked when not", () => {
  const rows = [
    { expected: "NAME  READY", actual: "NAME  READY", same: true },
    { expected: "web   1/1", actual: "web   0/1", same: false },
    { expected: "db    1/1", same: false },
    { actual: "more", same: false },
  ];
  const options = { style: PLAIN, titles: { expected: "expected", actual: "actual" } };
  assert.equal(
    renderDiff(rows, { ...options, columns: 60 }),
    [
      "  expected      actual",
      "  NAME  READY │ NAME  READY",
      "≠ web   1/1   │ web   0/1",
      "- db    1/1   │",
      "+             │ more",
    ].join("\n"),
  );
  assert.equal(
    renderDiff(rows, { ...options, columns: 20 }),
    [
      "- expected   + actual",
      "  NAME  READY",
      "- web   1/1",
      "+ web   0/1",
      "- db    1/1",
      "+ more",
    ].join("\n"),
  );
  assert.match(
    renderDiff(rows, { ...options, columns: 80, plain: true }),
    /^expected: web {3}1\/1$/m,
  );
});

Deno.test("renderDiff() makes invisible differences visible", () => {
  const rows = [{ expected: "a b", actual: "a\u00a0b\t", same: false }];
  const text = renderDiff(rows, {
    style: PLAIN,
    columns: 80,
    titles: { expected: "e", actual: "a" },
  });
  assert.match(text, /a·b +│ a⍽b→/);
  assert.equal(showInvisible("x\u200by\r"), "x<U+200B>y␍");
});

Deno.test("renderDiff() leaves out what is equal and far away", () => {
  const rows = Array.from({ length: 20 }, (_, i) => ({
    expected: `line ${i}`,
    actual: i === 10 ? "other" : `line ${i}`,
    same: i !== 10,
  }));
  const text = renderDiff(rows, {
    style: PLAIN,
    columns: 80,
    titles: { expected: "e", actual: "a" },
  });
  assert.equal(text.split("\n").length, 8);
});

Deno.test("renderColumns() fills columns from top to bottom", () => {
  assert.equal(renderColumns(["a", "b", "c"], 80), "a  b  c");
  assert.equal(renderColumns(["aaaa", "bbbb", "cccc"], 10), "aaaa  cccc\nbbbb");
});

Deno.test("renderTable() wraps its last column under itself, or below where there is no room", () => {
  const rows = [["> 1", "01-cluster", "클러스터와 메트릭 서버를 준비합니다"], [
    "  2",
    "02-asking",
    "short",
  ]];
  assert.equal(
    renderTable(rows, 40),
    "> 1  01-cluster  클러스터와 메트릭\n                 서버를 준비합니다\n  2  02-asking   short",
  );
  assert.equal(
    renderTable(rows, 30),
    "> 1  01-cluster\n    클러스터와 메트릭 서버를\n    준비합니다\n  2  02-asking   short",
  );
});

Deno.test("what is quoted is shown as it is, raw or in Markdown", () => {
  const options = { style: PLAIN, columns: 200 };
  const texts = [
    "^nginx_http_requests_total.*|.*_seconds$",
    "a *b* **c** [d](e) <https://f> \\* `g` # h",
    'E1 "x": dial *tcp*: lookup  nowhere   on 10.96.0.10:53',
    'sum(a{b=~".*"}) * sum(c) * 2',
  ];
  for (const text of texts) {
    assert.equal(wrapText([["is", text]], PLAIN, 200, { raw: true }), `is  ${text}`);
    const inMarkdown = text.replace(/ +/g, " ");
    assert.equal(
      renderMarkdown(`It says ${escapeMarkdown(text)}`, options),
      `It says ${inMarkdown}`,
    );
    assert.ok(renderMarkdown(codeSpan(text), { ...options, plain: true }).includes(text));
  }
  assert.equal(
    wrapText([["is", "one  two threefour-five"]], PLAIN, 24, { raw: true }),
    "is  one  two\n    threefour-five",
  );
});

Deno.test("a command that is wider than a row is broken between words, so that it can be pasted", () => {
  const commands = [
    "kubectl get --raw '/apis/custom.metrics.k8s.io/v1beta1/namespaces/default' | jq -r '.items[] | .value'",
    `kubectl -n default patch hpa web --type=json -p '[{"op": "replace", "path": "/spec/x", "value": 1}]'`,
    "helm upgrade --install prometheus-adapter prometheus-community/prometheus-adapter -f ./a.yaml --wait",
    'for f in examples/01_prometheus_example/*.yaml; do kubectl delete -f $f; done && echo "all is gone"',
    "sed -i 's/sum(<<.Series>>{<<.LabelMatchers>>})/sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m]))/' f.yaml",
    "make -n install   # prints what it would run, and runs nothing of it at all",
  ];
  for (const command of commands) {
    for (const columns of [20, 33, 50, 76]) {
      const rows = commandRows(command, columns);
      // As a shell reads them: a backslash and its line break are nothing.
      const joined = rows.join("\n").replaceAll("\\\n  ", "");
      assert.equal(joined.replace(/ +/g, " "), command.replace(/ +/g, " "));
      for (const row of rows) {
        assert.doesNotMatch(row, / --?[a-z][\w-]* \\$/, "an option is not parted from its value");
        if (displayWidth(row) > columns) assert.ok(isOnePart(row), `${columns}: ${row}`);
      }
    }
    assert.deepEqual(commandRows(command, 200), [command]);
  }
  assert.deepEqual(commandRows("cat <<EOF | kubectl apply -f - --namespace default", 20).length, 1);
});

/** Whether nothing in a row can be broken: an option with its value, an operator with its command, one word. */
function isOnePart(row: string): boolean {
  const bare = row.replace(/ \\$/, "").trim().replace(/'[^']*'|"[^"]*"/g, "x");
  return bare.startsWith("#") || bare.split(" ").length <= 2 ||
    /^(\||&&) \S+( -\S+ \S+)?$/.test(bare);
}

Deno.test("a long command in a sentence or a finding is broken so that it can be pasted, and a query is not", () => {
  const command =
    "kubectl -n default get --raw /apis/custom.metrics.k8s.io/v1beta1 --request-timeout 5s";
  const plain = renderMarkdown(`So see it: \`${command}\`, and go on.`, {
    style: PLAIN,
    columns: 60,
    plain: true,
  });
  assert.deepEqual(plain.split("\n"), [
    "So see it:",
    "`kubectl -n default get \\",
    "  --raw /apis/custom.metrics.k8s.io/v1beta1 \\",
    "  --request-timeout 5s`, and go on.",
  ]);
  const drawn = renderMarkdown(`* \`${command}\``, { style: PLAIN, columns: 60 }).split("\n");
  assert.deepEqual(drawn, [
    "• kubectl -n default get \\",
    "    --raw /apis/custom.metrics.k8s.io/v1beta1 \\",
    "    --request-timeout 5s",
  ]);
  assert.deepEqual(
    wrapText([["do", `see \`${command}\`, then wait`]], PLAIN, 60, { raw: true }).split("\n"),
    [
      "do  see",
      "    `kubectl -n default get \\`",
      "    `  --raw /apis/custom.metrics.k8s.io/v1beta1 \\`",
      "    `  --request-timeout 5s`, then wait",
    ],
  );
  const query = "`sum(rate(nginx_http_requests_total[2m])) by (service) > 50`";
  assert.equal(renderMarkdown(query, { style: PLAIN, columns: 30, plain: true }), query);
});
