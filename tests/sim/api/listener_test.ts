import assert from "node:assert/strict";
import { request as httpsRequest } from "node:https";
import { parse } from "yaml";
import { type Listener, serveHttps, startListener } from "../../../lib/sim/api/listener.ts";
import { testServer } from "./fixtures.ts";

interface Answer {
  status: number;
  body: string;
}

/** Sends a request with the certificate authority of the kubeconfig and headers of one's own. */
function send(
  listener: Listener,
  path: string,
  headers: Record<string, string>,
  body?: string,
): Promise<Answer> {
  const cluster = parse(listener.kubeconfig).clusters[0].cluster;
  const ca = atob(cluster["certificate-authority-data"]);
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      `${listener.url}${path}`,
      { ca, headers, servername: "localhost", method: body === undefined ? "GET" : "POST" },
      (response) => {
        let text = "";
        response.on("data", (chunk) => text += chunk);
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text }));
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}

const token = (listener: Listener): string => parse(listener.kubeconfig).users[0].user.token;

Deno.test("serveHttps() lets in who has the token, by a name of this machine", async () => {
  const { server } = testServer("t");
  const listener = await serveHttps(server);
  try {
    const good = { authorization: `Bearer ${token(listener)}` };
    const version = await send(listener, "/version", good);
    assert.equal(version.status, 200);
    assert.match(version.body, /v1\.36\.3/);
    for (const authorization of ["", "Bearer x", `Basic ${token(listener)}`]) {
      const refused = await send(listener, "/version", { authorization });
      assert.equal(refused.status, 401);
      assert.equal(JSON.parse(refused.body).reason, "Unauthorized");
    }
    const rebound = await send(listener, "/version", { ...good, host: "evil.example.org" });
    assert.equal(rebound.status, 403);
    assert.equal(JSON.parse(rebound.body).kind, "Status");
    const page = await send(listener, "/version", { ...good, origin: "https://evil.example.org" });
    assert.equal(page.status, 403);
    const large = "x".repeat(3 * 1024 * 1024 + 1);
    const refused = await send(listener, "/api/v1/namespaces/t/configmaps", good, large);
    assert.equal(refused.status, 413);
  } finally {
    await listener.close();
  }
});

Deno.test("startListener() is the same server next time, in a file of its owner's alone", async () => {
  const folder = await Deno.makeTempDir();
  const { server } = testServer("t");
  const options = {
    handle: (request: Request) => server.handle(request),
    kubeconfigPath: `${folder}/kubeconfig`,
  };
  try {
    const first = await startListener(options);
    await first.close();
    const second = await startListener(options);
    await second.close();
    const without = (listener: Listener) => listener.kubeconfig.replace(token(listener), "");
    assert.equal(without(second), without(first));
    assert.notEqual(token(second), token(first), "a token is of one run");
    assert.equal(Deno.readTextFileSync(options.kubeconfigPath), second.kubeconfig);
    if (Deno.build.os !== "windows") {
      for (const name of ["kubeconfig", "api-server.json"]) {
        assert.equal((await Deno.stat(`${folder}/${name}`)).mode! & 0o077, 0, name);
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("close() ends the watches that are open", async () => {
  const { server } = testServer("t");
  const listener = await serveHttps(server);
  const good = { authorization: `Bearer ${token(listener)}` };
  const watch = send(listener, "/api/v1/namespaces?watch=true", good).catch(() => undefined);
  await send(listener, "/version", good);
  await listener.close();
  await watch;
});
