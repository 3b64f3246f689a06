import { parsePromDuration } from "../go/mod.ts";
import { type Language, LANGUAGES } from "../lesson/mod.ts";
import { openHostPort, type OpenPort } from "../labs/mod.ts";
import type { FrameQuestion } from "./frame.ts";
import type { LivePages } from "./live.ts";
import type { Scene } from "./look.ts";

/** The port of the lab's page, where it is to be had. */
const LAB_PAGE_PORT = 30953;

const BUNDLE = new URL("./bundle/", import.meta.url);
const FILES: Record<string, [file: string, type: string]> = {
  "/lab.js": ["lab.js", "text/javascript; charset=utf-8"],
  "/lab.css": ["lab.css", "text/css; charset=utf-8"],
  "/licences.txt": ["licences.txt", "text/plain; charset=utf-8"],
};

/** Nothing but what this port serves, no script and no style within the page, and the page in no frame. */
const HEADERS = {
  "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; " +
    "connect-src 'self'; img-src 'self' blob: data:; base-uri 'none'; form-action 'none'; " +
    "frame-ancestors 'none'",
  "cache-control": "no-cache",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

const USUAL_SPAN = "15m";

/** A scene, and how its place's language is known. */
export type PageScene = Scene & { language(): Language };

/** The lab's page, on its port. What it takes to look is loaded when somebody opens it. */
export async function openLabPage(scene: PageScene, port = LAB_PAGE_PORT): Promise<OpenPort> {
  let live: Promise<LivePages> | undefined;
  const door = await openHostPort(port, async (request) => {
    live ??= import("./live.ts").then(({ LivePages }) => new LivePages(scene));
    return await answer(request, scene, live);
  });
  return {
    ...door,
    close: async () => {
      (await live)?.close();
      await door.close();
    },
  };
}

async function answer(
  request: Request,
  scene: PageScene,
  live: Promise<LivePages>,
): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  if (!["GET", "HEAD"].includes(request.method)) return text(405, "Method Not Allowed\n");
  const language = LANGUAGES.find((one) => one === searchParams.get("lang")) ?? scene.language();
  if (pathname === "/") return whole(htmlOf(language), "text/html; charset=utf-8");
  const file = FILES[pathname];
  if (file) return whole(await Deno.readTextFile(new URL(file[0], BUNDLE)), file[1]);
  if (pathname === "/live") {
    const stream = (await live).stream(questionOf(searchParams, language), request.signal);
    if (!stream) return text(503, "Too many pages are open\n");
    return new Response(stream, { headers: { ...HEADERS, "content-type": "text/event-stream" } });
  }
  if (pathname === "/sum") {
    const { sumAt } = await import("./look.ts");
    const atMs = Number(searchParams.get("at"));
    const id = searchParams.get("hpa") ?? "";
    if (!Number.isFinite(atMs) || !id.includes("/")) return text(400, "Bad Request\n");
    return whole(JSON.stringify(await sumAt(scene, { id, atMs, language })), "application/json");
  }
  return text(404, "404 page not found\n");
}

function questionOf(asked: URLSearchParams, language: Language): FrameQuestion {
  const hpa = asked.get("hpa");
  const span = asked.get("span") ?? USUAL_SPAN;
  const isSpan = /^\d{1,3}[mh]$/.test(span);
  return {
    language,
    ...(hpa ? { hpa } : {}),
    spanMs: parsePromDuration(isSpan ? span : USUAL_SPAN),
  };
}

function htmlOf(language: Language): string {
  const [title, noScript] = language === "ko"
    ? [
      "실습 환경",
      "이 페이지는 JavaScript가 있어야 합니다. 터미널의 map과 graph가 같은 것을 보여 줍니다.",
    ]
    : ["The lab", "This page needs JavaScript; map and graph show the same at the prompt."];
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · hpa-tutor</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/lab.css">
<script type="module" src="/lab.js"></script>
</head>
<body><noscript>${noScript}</noscript></body>
</html>
`;
}

function whole(body: string, type: string): Response {
  const bytes = new TextEncoder().encode(body);
  const headers = { ...HEADERS, "content-type": type, "content-length": `${bytes.length}` };
  return new Response(bytes, { headers });
}

function text(status: number, body: string): Response {
  const headers = { ...HEADERS, "content-type": "text/plain; charset=utf-8" };
  return new Response(body, { status, headers });
}
