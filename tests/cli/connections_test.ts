import assert from "node:assert/strict";
import { request } from "node:https";
import { parse } from "yaml";
import { asUser, Conversation, userCommand } from "./_real_process.ts";
import { Seat, taskArguments } from "./_user.ts";

type Json = any;

const FLOOD = 400;
const OPEN_FILES = 256;

/** Asks an API server, over a connection of its own; gives what it answers. */
function ask(kubeconfig: string, method: string, path: string, body?: unknown): Promise<Json> {
  const { clusters, users } = parse(kubeconfig);
  const ca = atob(clusters[0].cluster["certificate-authority-data"]);
  const headers = {
    authorization: `Bearer ${users[0].user.token}`,
    "content-type": "application/json",
  };
  return new Promise((resolve, reject) => {
    const options = { ca, headers, method, agent: false };
    request(`${clusters[0].cluster.server}${path}`, options, (response) => {
      let text = "";
      response.on("data", (chunk) => text += chunk);
      response.on("end", () => resolve(JSON.parse(text)));
    }).on("error", reject).end(body && JSON.stringify(body));
  });
}

/** The names of what an API server lists. */
async function list(kubeconfig: string, path: string): Promise<string[]> {
  const { items } = await ask(kubeconfig, "GET", path);
  return items.map(({ metadata }: Json) => metadata.name);
}

/** The text of a file, once there is some. */
async function appears(path: string): Promise<string> {
  for (;;) {
    const text = await Deno.readTextFile(path).catch(() => "");
    if (text !== "") return text;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The node ports that nothing else on this machine has. */
function freePorts(): number[] {
  return [30950, 30951, 30952].filter((port) => {
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return true;
    } catch {
      return false;
    }
  });
}

/** Where someone works, with few descriptors. */
interface Place {
  /** Makes a namespace, and waits until it is there. */
  makes(namespace: string): Promise<void>;
  /** Ends; gives the exit code and all that was shown. */
  ends(): Promise<{ code: number; shown: string }>;
}

const LIMITS = { openFiles: OPEN_FILES };
const PROMPT = /\d+\.\d+ x10 \$ /;

/** Places whose ports others can reach; each begins with a cluster, and a kubeconfig for it. */
const PLACES: Record<string, (home: string) => Promise<Place>> = {
  "a prompt without a terminal": async (home) => {
    const tutor = new Conversation(
      userCommand(["--api", "--home", home, "--lang", "en"], LIMITS),
    );
    await tutor.say("make install-kind");
    await tutor.until(/Have a nice day/);
    return {
      async makes(namespace) {
        await tutor.say(`kubectl create namespace ${namespace}`);
        await tutor.until(new RegExp(`namespace/${namespace} created`));
      },
      async ends() {
        await tutor.say("quit");
        return { code: await tutor.end(), shown: tutor.seen };
      },
    };
  },
  "a terminal": async (home) => {
    const args = [...taskArguments("tutor"), "--api", "--home", home, "--lang", "en"];
    const seat = new Seat(args, {}, LIMITS);
    let shown = await seat.sees(PROMPT);
    const types = async (line: string, says: RegExp) => {
      await seat.types(`${line}\r`);
      shown += await seat.sees(says);
      shown += await seat.sees(PROMPT);
    };
    await types("make install-kind", /Have a nice day/);
    return {
      makes: (namespace) =>
        types(`kubectl create namespace ${namespace}`, new RegExp(`/${namespace} created`)),
      async ends() {
        await seat.types("quit\r");
        return { code: await seat.leaves(), shown: shown + seat.rest };
      },
    };
  },
  "lab serve": async (home) => {
    const lab = new Conversation(userCommand(["lab", "serve", "--home", home], LIMITS));
    await lab.until(/Ctrl-C ends it/);
    return {
      async makes(name) {
        const body = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
        const kubeconfig = await Deno.readTextFile(`${home}/kubeconfig`);
        const made = await ask(kubeconfig, "POST", "/api/v1/namespaces", body);
        assert.equal(made.metadata?.name, name, JSON.stringify(made));
      },
      async ends() {
        lab.child.kill("SIGINT");
        return { code: await lab.end(), shown: lab.seen };
      },
    };
  },
};

Deno.test(
  `${FLOOD} idle connections leave the prompt and the ports at work, with ${OPEN_FILES} descriptors`,
  {
    ignore: Deno.build.os === "windows", // Sockets are no descriptors there.
  },
  async (t) => {
    for (const [where, begin] of Object.entries(PLACES)) {
      await t.step(where, () => flood(begin));
    }
    await t.step("exec, which has no ports", async () => {
      const home = await Deno.makeTempDir();
      const lines = ["make install-kind", "kubectl get nodes -o name"];
      const { code, stdout, stderr } = await asUser(["exec", "--home", home, ...lines], LIMITS);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /node\/hpa-practice-worker/);
      await Deno.remove(home, { recursive: true });
    });
  },
);

async function flood(begin: (home: string) => Promise<Place>): Promise<void> {
  const home = await Deno.makeTempDir();
  const held: Deno.TcpConn[] = [];
  try {
    const own = freePorts();
    const place = await begin(home);
    await place.makes("before");
    const kubeconfig = await appears(`${home}/kubeconfig`);
    const api = Number(/server: https:\/\/127\.0\.0\.1:(\d+)/.exec(kubeconfig)![1]);
    const ports = [api, ...own];
    for (let i = 0; i < FLOOD; i++) {
      const port = ports[i % ports.length];
      held.push(await Deno.connect({ hostname: "127.0.0.1", port }));
      if (i % 100 === 99) {
        assert((await list(kubeconfig, "/api/v1/nodes")).length > 0, `after ${i + 1}`);
        await place.makes(`after-${i + 1}`);
      }
    }
    assert.equal(held.length, FLOOD);
    assert((await list(kubeconfig, "/api/v1/namespaces")).includes(`after-${FLOOD}`));
    for (const connection of held.splice(0)) connection.close();
    assert((await list(kubeconfig, "/api/v1/namespaces")).includes("before"));
    const { code, shown } = await place.ends();
    assert.equal(code, 0, shown);
    assert.doesNotMatch(shown, /panic|EMFILE|Too many open files|mistake/);
  } finally {
    for (const connection of held) connection.close();
    await Deno.remove(home, { recursive: true });
  }
}
