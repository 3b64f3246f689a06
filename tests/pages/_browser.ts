/*
 * A headless Chromium of this machine, driven by Chrome's own protocol over a WebSocket: no package is needed.
 */

const CHROMIUM = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** Where Chromium is; undefined where there is none, and none can be installed. */
export async function findChromium(): Promise<string | undefined> {
  const found = async () => {
    for (const name of CHROMIUM) {
      const { success, stdout } = await new Deno.Command("which", { args: [name] }).output();
      if (success) return new TextDecoder().decode(stdout).trim();
    }
  };
  const there = await found();
  if (there !== undefined || Deno.build.os !== "linux" || Deno.uid() !== 0) return there;
  for (
    const args of [["update", "-q"], ["install", "-yq", "--no-install-recommends", "chromium"]]
  ) {
    try {
      const { success } = await new Deno.Command("apt-get", {
        args,
        env: { DEBIAN_FRONTEND: "noninteractive" },
        stdout: "null",
        stderr: "null",
      }).output();
      if (!success) return undefined;
    } catch {
      return undefined;
    }
  }
  return await found();
}

/** What a page logged as an error, threw, or was refused. */
export interface Complaint {
  text: string;
}

export interface PageOptions {
  width?: number;
  height?: number;
  dark?: boolean;
}

/** A browser, until closed. */
export class Browser {
  readonly #process: Deno.ChildProcess;
  readonly #folder: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, PromiseWithResolvers<any>>();
  readonly #heard = new Map<string, (method: string, params: any) => void>();
  #next = 1;

  private constructor(process: Deno.ChildProcess, folder: string, socket: WebSocket) {
    this.#process = process;
    this.#folder = folder;
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      const { id, result, error, method, params, sessionId } = JSON.parse(data);
      if (id === undefined) return this.#heard.get(sessionId)?.(method, params);
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error) waiting?.reject(new Error(error.message));
      else waiting?.resolve(result);
    };
  }

  static async start(path: string): Promise<Browser> {
    const folder = await Deno.makeTempDir({ prefix: "pages-" });
    const process = new Deno.Command(path, {
      args: [
        ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        ...["--no-first-run", "--remote-debugging-port=0", `--user-data-dir=${folder}`],
        // What a test has no use for: other renderers, and what a browser does by itself.
        ...["--renderer-process-limit=1", "--disable-extensions", "--disable-component-update"],
        ...["--disable-background-networking", "--disable-sync", "--disable-default-apps"],
        "--disable-features=SpareRendererForSitePerProcess",
        "about:blank",
      ],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const url = await addressIn(process.stderr);
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    return new Browser(process, folder, socket);
  }

  async send(
    method: string,
    params: Record<string, unknown> = {},
    sessionId?: string,
  ): Promise<any> {
    const id = this.#next++;
    const waiting = Promise.withResolvers<any>();
    this.#waiting.set(id, waiting);
    this.#socket.send(JSON.stringify({ id, method, params, sessionId }));
    return await waiting.promise;
  }

  /** Opens a page. */
  async open(url: string, options: PageOptions = {}): Promise<Page> {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const page = new Page(this, sessionId, targetId);
    this.#heard.set(sessionId, (method, params) => page.hear(method, params));
    for (const domain of ["Page", "Runtime", "Log", "Network"]) await page.send(`${domain}.enable`);
    await page.shape(options);
    await page.go(url);
    return page;
  }

  async close(): Promise<void> {
    await this.send("Browser.close").catch(() => {});
    await this.#process.status;
    this.#socket.close();
    await Deno.remove(this.#folder, { recursive: true }).catch(() => {});
  }
}

/** One tab. */
export class Page {
  readonly complaints: string[] = [];
  #loaded = Promise.withResolvers<void>();

  constructor(
    private readonly browser: Browser,
    private readonly session: string,
    private readonly target: string,
  ) {}

  send(method: string, params: Record<string, unknown> = {}): Promise<any> {
    return this.browser.send(method, params, this.session);
  }

  hear(method: string, params: any): void {
    if (method === "Page.loadEventFired") this.#loaded.resolve();
    if (method === "Runtime.exceptionThrown") {
      this.complaints.push(
        params.exceptionDetails.exception?.description ?? params.exceptionDetails.text,
      );
    }
    if (method === "Log.entryAdded" && params.entry.level === "error") {
      this.complaints.push(`${params.entry.text} ${params.entry.url ?? ""}`);
    }
  }

  async shape({ width = 1280, height = 900, dark = false }: PageOptions): Promise<void> {
    const metrics = { width, height, deviceScaleFactor: 1, mobile: false };
    await this.send("Emulation.setDeviceMetricsOverride", metrics);
    const value = dark ? "dark" : "light";
    await this.send("Emulation.setEmulatedMedia", {
      features: [{ name: "prefers-color-scheme", value }],
    });
  }

  /** Goes to an address, and waits until what it loads is there. */
  async go(url: string): Promise<void> {
    this.#loaded = Promise.withResolvers<void>();
    await this.send("Page.navigate", { url });
    await this.#loaded.promise;
  }

  /** What an expression comes to in the page. Errors: Error with what it throws. */
  async run<T = any>(expression: string): Promise<T> {
    const asked = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", asked);
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description);
    return result.value;
  }

  /** Waits until an expression comes to something true, and gives it; a test that waits for ever says for what. */
  async until<T = any>(expression: string): Promise<T> {
    const startMs = performance.now();
    for (;;) {
      // A node says that it is there; it cannot come over.
      const value = await this.run<T>(`((is) => is instanceof Node || is)(${expression})`);
      if (value) return value;
      if (performance.now() - startMs > PATIENCE_MS) {
        throw new Error(
          `Never came true: ${expression}\n${await this.run("document.body.innerText")}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async type(text: string): Promise<void> {
    for (const char of text) {
      await this.send("Input.dispatchKeyEvent", { type: "char", text: char });
    }
  }

  /** Presses a key by its name, as `ArrowLeft`; with Control where `modifiers` is 2. */
  async press(key: string, modifiers = 0): Promise<void> {
    const codes: Record<string, number> = {
      Tab: 9,
      Enter: 13,
      Escape: 27,
      " ": 32,
      ArrowLeft: 37,
      ArrowUp: 38,
      ArrowRight: 39,
      ArrowDown: 40,
    };
    const about = { key, code: key, windowsVirtualKeyCode: codes[key], modifiers };
    const text = key === "Enter" ? { text: "\r" } : {};
    await this.send("Input.dispatchKeyEvent", { type: "keyDown", ...about, ...text });
    await this.send("Input.dispatchKeyEvent", { type: "keyUp", ...about });
  }

  /** What is in view, as a PNG. */
  async screenshot(path: string): Promise<void> {
    const { data } = await this.send("Page.captureScreenshot");
    await Deno.writeFile(path, Uint8Array.from(atob(data), (char) => char.charCodeAt(0)));
  }

  async close(): Promise<void> {
    await this.browser.send("Target.closeTarget", { targetId: this.target });
  }
}

/** How long a test waits for what only a fault keeps from coming, in wall milliseconds. */
const PATIENCE_MS = 120_000;

async function addressIn(stderr: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  const reader = stderr.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    text += value;
    const [, url] = /DevTools listening on (ws:\S+)/.exec(text) ?? [];
    if (!url) continue;
    // What it says from now on is nobody's, and must not fill the pipe.
    void (async () => {
      while (!(await reader.read()).done);
    })().catch(() => {});
    return url;
  }
  throw new Error(`Chromium did not start: ${text}`);
}

/** axe-core, as a script for a page; undefined where it cannot be fetched. */
export async function axeScript(): Promise<string | undefined> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(
      `${folder}/axe.ts`,
      `import axe from "npm:axe-core@4.14.1"; console.log(axe.source);`,
    );
    const { success, stdout } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--quiet",
        "--no-config",
        "--no-lock",
        "--node-modules-dir=none",
        `${folder}/axe.ts`,
      ],
      stderr: "null",
    }).output();
    return success ? new TextDecoder().decode(stdout) : undefined;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
