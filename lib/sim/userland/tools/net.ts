import type { Tool } from "../tool.ts";
import { CLUSTER_DNS_IP, CLUSTER_DOMAIN, NetworkError } from "../../seams.ts";
import { busyboxVersion, fail } from "./common.ts";
import { curl } from "./curl.ts";
import { addressOf, CONNECT_MS } from "./http.ts";
import { readOptions } from "./options.ts";
import { httpd, netcatServer } from "./serve.ts";
import { wget } from "./wget.ts";

const DNS_NAME = `kube-dns.kube-system.svc.${CLUSTER_DOMAIN}`;

/** `nslookup` of busybox, in the wording of its version. Source: busybox networking/nslookup.c. */
const nslookup: Tool = (call) => {
  const [host] = call.args.filter((arg) => !arg.startsWith("-"));
  if (host === undefined) {
    return fail(call, "Usage: nslookup [-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]");
  }
  const old = busyboxVersion(call) < 1.29;
  call.out(
    old
      ? `Server:    ${CLUSTER_DNS_IP}\nAddress 1: ${CLUSTER_DNS_IP} ${DNS_NAME}\n\n`
      : `Server:\t\t${CLUSTER_DNS_IP}\nAddress:\t${CLUSTER_DNS_IP}:53\n\n`,
  );
  try {
    // Newer versions ask for the name as it is, without the search list.
    const name = old || host.endsWith(".") ? host : `${host}.`;
    const found = call.machine.host.net.lookup(name);
    if (old) {
      const rows = found.addresses.map((ip, i) =>
        `Address ${i + 1}: ${ip}${i === 0 ? ` ${found.name}` : ""}\n`
      );
      call.out(`Name:      ${host}\n${rows.join("")}`);
    } else {
      call.out(
        found.addresses.map((ip) => `Name:\t${host.replace(/\.$/, "")}\nAddress: ${ip}\n`).join(
          "",
        ) + "\n\n",
      );
    }
    return 0;
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    if (old) call.err(`nslookup: can't resolve '${host}'\n`);
    else {call.out(
        `** server can't find ${host}: NXDOMAIN\n\n** server can't find ${host}: NXDOMAIN\n\n`,
      );}
    return 1;
  }
};

/** `nc -z` and `nc -v`: whether a port takes connections. */
const nc: Tool = function* (call) {
  const options = readOptions(call.args, "zvw:nlp:");
  if (options.has("l") && !options.unknown) {
    const port = Number(options.value("p") ?? options.rest.at(-1));
    if (port > 0 && port <= 65_535) return yield* netcatServer(call, port);
  }
  if (options.unknown || options.rest.length < 2) {
    return fail(call, "only nc [-zv] [-w SEC] HOST PORT and nc -l -p PORT are simulated");
  }
  const [host, port] = options.rest;
  if (!(/^\d+$/.test(port) && Number(port) <= 65_535)) return fail(call, `bad port '${port}'`);
  const found = addressOf(call, host);
  if (found === undefined) return fail(call, `bad address '${host}'`);
  try {
    call.machine.host.net.dial(host, Number(port));
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    const late = error.message.endsWith("i/o timeout");
    if (late) {
      const seconds = Number(options.value("w") ?? Infinity) || 0;
      yield call.machine.sleep(Math.min(CONNECT_MS, seconds * 1000));
      return fail(
        call,
        options.has("w")
          ? "timed out"
          : `can't connect to remote host (${found}): Connection timed out`,
      );
    }
    return fail(call, `can't connect to remote host (${found}): Connection refused`);
  }
  if (options.has("v")) call.err(`${host} (${found}:${port}) open\n`);
  return 0;
};

/** Tools on the network. */
export const netTools: Readonly<Record<string, Tool>> = { curl, httpd, nc, nslookup, wget };
