import assert from "node:assert/strict";
import { request } from "node:https";
import { parse } from "yaml";
import { Conversation, userCommand } from "./_real_process.ts";

const FLOOD = 400;
const OPEN_FILES = 256;

/** The names of what an API server lists, over a connection of its own. */
function list(kubeconfig: string, path: string): Promise<string[]> {
  const { clusters, users } = parse(kubeconfig);
  const ca = atob(clusters[0].cluster["certificate-authority-data"]);
  const headers = { authorization: `Bearer ${users[0].user.token}` };
  return new Promise((resolve, reject) => {
    request(`${clusters[0].cluster.server}${path}`, { ca, headers, agent: false }, (response) => {
      let text = "";
      response.on("data", (chunk) => text += chunk);
      response.on("end", () => {
        const { items } = JSON.parse(text) as { items: { metadata: { name: string } }[] };
        resolve(items.map(({ metadata }) => metadata.name));
      });
    }).on("error", reject).end();
  });
}

/** The text of a file, once there is some. */
async function appears(path: string): Promise<string> {
  for (;;) {
    const text = await Deno.readTextFile(path).catch(() => "");
    if (text !== "") return text;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

Deno.test(
  `${FLOOD} idle connections leave the prompt and the ports at work, with ${OPEN_FILES} descriptors`,
  {
    ignore: Deno.build.os === "windows", // Sockets are no descriptors there.
  },
  async () => {
    const home = await Deno.makeTempDir();
    const held: Deno.TcpConn[] = [];
    try {
      await using tutor = new Conversation(
        userCommand(["--api", "--home", home, "--lang", "en"], { openFiles: OPEN_FILES }),
      );
      await tutor.say("make install-kind");
      await tutor.until(/Have a nice day/);
      await tutor.say("kubectl create namespace before");
      await tutor.until(/namespace\/before created[^]*\$ $/);
      const kubeconfig = await appears(`${home}/kubeconfig`);
      const api = Number(/server: https:\/\/127\.0\.0\.1:(\d+)/.exec(kubeconfig)![1]);
      // The node ports are fixed ones; where something else on this machine has them, they are its.
      const taken = [...tutor.seen.matchAll(/Port (\d+) is in use/g)].map((match) =>
        Number(match[1])
      );
      const ports = [api, ...[30950, 30951, 30952].filter((port) => !taken.includes(port))];
      for (let i = 0; i < FLOOD; i++) {
        const port = ports[i % ports.length];
        held.push(await Deno.connect({ hostname: "127.0.0.1", port }));
        if (i % 100 === 99) {
          assert((await list(kubeconfig, "/api/v1/nodes")).length > 0, `after ${i + 1}`);
          await tutor.say(`kubectl create namespace after-${i + 1}`);
          await tutor.until(new RegExp(`namespace/after-${i + 1} created`));
        }
      }
      assert.equal(held.length, FLOOD);
      assert((await list(kubeconfig, "/api/v1/namespaces")).includes(`after-${FLOOD}`));
      for (const connection of held.splice(0)) connection.close();
      assert((await list(kubeconfig, "/api/v1/namespaces")).includes("before"));
      await tutor.say("quit");
      assert.equal(await tutor.end(), 0, tutor.seen);
      assert.doesNotMatch(tutor.seen, /panic|EMFILE|Too many open files|mistake/);
    } finally {
      for (const connection of held) connection.close();
      await Deno.remove(home, { recursive: true });
    }
  },
);
