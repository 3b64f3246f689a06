/** A kube-apiserver that a recorder asks, by its URL and the token of somebody who may do everything. */
export class Genuine {
  constructor(private readonly base: string, private readonly token: string) {}

  /** Sends a request, whatever its host. */
  readonly send = (request: Request): Promise<Response> => {
    const { pathname, search } = new URL(request.url);
    const asked = new Request(`${this.base}${pathname}${search}`, request);
    asked.headers.set("authorization", `Bearer ${this.token}`);
    return fetch(asked);
  };

  /** Makes an object that is a name alone, where it is not there. */
  async make(path: string, name: string): Promise<void> {
    const body = JSON.stringify({ metadata: { name } });
    const headers = { "content-type": "application/json" };
    const request = new Request(`https://lab${path}`, { method: "POST", headers, body });
    await (await this.send(request)).text();
  }

  async version(): Promise<string> {
    return (await (await this.send(new Request("https://lab/version"))).json()).gitVersion;
  }
}
