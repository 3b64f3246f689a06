import assert from "node:assert/strict";
import { flagsOf, mountedConfigMap } from "../../lib/doctor/adapter_flags.ts";
import { misspeltService, proxyPath, readAddress } from "../../lib/doctor/service_address.ts";

/** Addresses as a pod of the namespace `monitoring` has them, and the path of each through the API server. */
const ADDRESSES: [address: string, path: string | undefined][] = [
  ["http://prom.shop.svc:9090", "shop/services/prom:9090/proxy"],
  ["https://prom.shop.svc.cluster.local/deep/", "shop/services/https:prom:443/proxy/deep"],
  ["http://prom.shop", "shop/services/prom:80/proxy"],
  ["http://prom:9090/", "monitoring/services/prom:9090/proxy"],
  ["http://prom.shop.svc.cluster.local.:9090", "shop/services/prom:9090/proxy"],
  ["http://prom.shop.svc.", "shop/services/prom:80/proxy"],
  ["http://prom.example.com:9090", undefined],
  ["http://prom.shop.svc.mycluster.local", undefined],
  ["prom.shop.svc:9090", undefined],
  ["", undefined],
];

Deno.test("readAddress() knows the Service that an address is of, by the namespace of who asks", () => {
  for (const [address, path] of ADDRESSES) {
    const read = readAddress(address, "monitoring");
    assert.equal(read && proxyPath(read), path && `/api/v1/namespaces/${path}`, address);
  }
  assert.equal(readAddress("http://prom:9090"), undefined);
});

Deno.test("misspeltService() takes no name of elsewhere for a Service's", () => {
  const near = ["scv", "srv", "vsc", "svcs", "service", "scv.cluster.local", "srv.cluster.local."];
  const others = [
    "example.com",
    "svc.mycluster.local",
    "sc",
    "vc",
    "srl",
    "dev",
    "svc",
    "scv.eu",
    "",
  ];
  for (const end of near) {
    const { name, namespace, port } = misspeltService(`http://prom.shop.${end}:9090`)!;
    assert.deepEqual([name, namespace, port], ["prom", "shop", 9090], end);
  }
  for (const end of others) {
    assert.equal(misspeltService(`http://prom.shop${end && "."}${end}:9090`), undefined, end);
  }
});

Deno.test("flagsOf() reads a flag with its value in the next word, and the ConfigMap is that of the very folder", () => {
  const container = {
    name: "adapter",
    command: ["/adapter", "--prometheus-url", "http://prom:9090"],
    args: ["--config=/etc/adapter-rules/config.yaml", "-v=6", "--metrics-max-age"],
    volumeMounts: [
      { name: "other", mountPath: "/etc/adapter" },
      { name: "rules", mountPath: "/etc/adapter-rules/" },
    ],
  };
  const flags = flagsOf(container);
  assert.deepEqual(Object.fromEntries(flags), {
    "prometheus-url": "http://prom:9090",
    "config": "/etc/adapter-rules/config.yaml",
    "v": "6",
    "metrics-max-age": "true",
  });
  const volumes = ["other", "rules"].map((name) => ({ name, configMap: { name: `${name}-map` } }));
  const spec = { containers: [container], volumes };
  assert.equal(mountedConfigMap(spec, container, flags.get("config")), "rules-map");
});
