/**
 * Asks the nginx of this machine for parts of a page and keeps its answers in testdata/nginx_ranges.json:
 *
 *   deno run -A tests/sim/programs/record_nginx_ranges.ts
 *
 * @module
 */
import { request } from "node:http";
import { type Answer, type Asked, comparable, PAGE, questions } from "./_nginx_ranges.ts";

const PORT = 18081;
const root = await Deno.makeTempDir();
await Deno.chmod(root, 0o755);
await Deno.writeTextFile(`${root}/page.txt`, PAGE);
await Deno.writeTextFile(
  `${root}/nginx.conf`,
  `daemon off; pid ${root}/pid; error_log stderr; events {}
http { access_log off; types { text/plain txt; } server { listen 127.0.0.1:${PORT}; root ${root}; } }`,
);
const version = new TextDecoder().decode(
  (await new Deno.Command("nginx", { args: ["-v"] }).output()).stderr,
).trim();
const nginx = new Deno.Command("nginx", { args: ["-c", `${root}/nginx.conf`] }).spawn();

function ask(headers: Asked): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request({ port: PORT, path: "/page.txt", headers, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text) => body += text).on("end", () =>
        resolve({
          status: response.statusCode!,
          headers: response.headers as Record<string, string>,
          body,
        }));
    });
    asking.on("error", reject).end();
  });
}

try {
  let first: Answer | undefined;
  while (!first) {
    first = await ask({}).catch(() =>
      new Promise((wait) => setTimeout(() => wait(undefined), 100))
    );
  }
  const page = { etag: first.headers.etag!, modified: first.headers["last-modified"]! };
  const rows = [];
  for (const asked of questions(page.etag, page.modified)) {
    const named = JSON.parse(
      JSON.stringify(asked).replaceAll(JSON.stringify(page.etag).slice(1, -1), "ETAG")
        .replaceAll(page.modified, "MODIFIED"),
    );
    rows.push({ asked: named, ...comparable(await ask(asked), page) });
  }
  const lines = rows.map((row) => JSON.stringify(row)).join(",\n");
  const recorded = new Date().toISOString().slice(0, 10);
  await Deno.writeTextFile(
    new URL("testdata/nginx_ranges.json", import.meta.url),
    `{"tool": "nginx", "version": ${
      JSON.stringify(version)
    }, "recorded": "${recorded}", "rows": [\n${lines}\n]}\n`,
  );
  console.log(`${rows.length} answers of ${version}`);
} finally {
  nginx.kill();
  await nginx.status;
  await Deno.remove(root, { recursive: true });
}
