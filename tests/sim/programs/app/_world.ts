import { VirtualClock } from "../../../../lib/base/mod.ts";
import { app } from "../../../../lib/sim/programs/app/mod.ts";
import type { HttpResponse, Program } from "../../../../lib/sim/seams.ts";
import { FakeApi, FakeContainer, FakeNetwork } from "../../fakes/mod.ts";

const START = Date.UTC(2026, 10, 24, 3, 0, 0);

/** A network with apps on it, each in a container at its own address. */
export class AppWorld {
  readonly clock = new VirtualClock(START);
  readonly network = new FakeNetwork();
  readonly #api = new FakeApi(() => this.clock.now());

  start(
    config: string | undefined,
    { ip = "web", program = app, args = [], env = {}, files = {}, resumed }: {
      ip?: string;
      program?: Program;
      args?: string[];
      env?: Record<string, string>;
      files?: Record<string, string>;
      resumed?: unknown;
    } = {},
  ): FakeContainer {
    if (config !== undefined) files["/etc/app/app.yaml"] = config;
    return new FakeContainer(this.clock, this.network, this.#api, { ip, args, env, files })
      .start(program, resumed);
  }

  ask(url: string, method = "GET"): HttpResponse {
    return this.network.request({ ip: "10.0.0.1" }, {
      url: `http://${url}`,
      method,
      headers: { "user-agent": "curl", host: "web" },
    });
  }

  /** The samples of a port's metrics, by series. */
  metrics(address = "web:8080"): Record<string, number> {
    const { body } = this.ask(`${address}/metrics`);
    const lines = body.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    return Object.fromEntries(lines.map((line) => {
      const at = line.lastIndexOf(" ");
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }));
  }
}
