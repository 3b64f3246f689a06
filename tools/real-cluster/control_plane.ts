/**
 * A genuine control plane on this machine: etcd, kube-apiserver, kube-controller-manager and kube-scheduler, with the
 * certificates and kubeconfigs that kubeadm makes and the arguments that it gives them, and nodes that run nothing. It
 * listens on 127.0.0.1, needs no rights, and leaves nothing behind.
 * Source: kubernetes/kubernetes cmd/kubeadm/app/phases/controlplane/manifests.go.
 */
import { KubeClient } from "../../lib/kube/mod.ts";
import { connect, type Connection } from "../../lib/labs/context/mod.ts";
import { HollowNodes } from "./hollow_nodes.ts";
import { build, CONTROL_PLANE, programPath, versionOf } from "./build.ts";
import { Processes } from "./processes.ts";

export interface ControlPlaneOptions {
  tell(text: string): void;
  /** The address at which nodes reach it; without, its nodes are hollow. */
  address?: string;
  /** Whether hollow nodes take no pods. */
  cordoned?: boolean;
}

const POD_SUBNET = "10.244.0.0/16";
const SERVICE_SUBNET = "10.96.0.0/16";
/** Told to clients within the cluster where there are none: an address of none (RFC 5737). */
const NOWHERE = "192.0.2.1";

export class ControlPlane implements AsyncDisposable {
  #connection: Connection | undefined;
  #nodes: HollowNodes | undefined;

  private constructor(
    readonly folder: string,
    readonly port: number,
    readonly processes: Processes,
    readonly version: string,
  ) {}

  /** Builds what is not built, and gives a control plane that answers. Errors: as build's, and where a program ends. */
  static async begin({ tell, address, cordoned }: ControlPlaneOptions): Promise<ControlPlane> {
    await build(CONTROL_PLANE, tell);
    const version = await versionOf(CONTROL_PLANE.folder, "k8s.io/kubernetes");
    const folder = await Deno.makeTempDir({ prefix: "hpa-tutor-real-" });
    const port = freePort();
    const plane = new ControlPlane(folder, port, new Processes(folder), version);
    try {
      await plane.#certify(address);
      await plane.#start(address, cordoned);
    } catch (error) {
      await plane[Symbol.asyncDispose]();
      throw error;
    }
    return plane;
  }

  /** Of an administrator, as kubeadm hands it out. */
  get kubeconfigPath(): string {
    return `${this.folder}/admin.conf`;
  }

  /** A connection by one of kubeadm's kubeconfigs: `admin`, `super-admin`. */
  async connect(who = "admin"): Promise<Connection> {
    const path = `${this.folder}/${who}.conf`;
    return await connect([{ path, text: await Deno.readTextFile(path) }], undefined);
  }

  /** Runs one of `kubeadm init`'s phases. */
  async kubeadm(...args: string[]): Promise<void> {
    const { success, stderr } = await new Deno.Command(programPath("kubeadm"), { args }).output();
    if (!success) throw new Error(`kubeadm ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  }

  async #certify(address = NOWHERE): Promise<void> {
    const config = `${this.folder}/kubeadm.yaml`;
    await Deno.writeTextFile(config, kubeadmConfig({ ...this, address }));
    await this.kubeadm("init", "phase", "certs", "all", "--config", config);
    for (const who of ["admin", "super-admin", "controller-manager", "scheduler"]) {
      const to = ["--config", config, "--kubeconfig-dir", this.folder];
      await this.kubeadm("init", "phase", "kubeconfig", who, ...to);
      // Those of the control plane lead to its own address, which is the one that it tells others.
      const path = `${this.folder}/${who}.conf`;
      const text = await Deno.readTextFile(path);
      await Deno.writeTextFile(path, text.replaceAll(`//${address}:`, "//127.0.0.1:"));
    }
  }

  async #start(address?: string, cordoned?: boolean): Promise<void> {
    const { processes, folder } = this;
    const etcd = `http://127.0.0.1:${freePort()}`;
    const peer = `http://127.0.0.1:${freePort()}`;
    const argumentsOf = (program: string) =>
      ({
        etcd: [
          `--data-dir=${folder}/etcd`,
          `--listen-client-urls=${etcd}`,
          `--advertise-client-urls=${etcd}`,
          `--listen-peer-urls=${peer}`,
          `--initial-advertise-peer-urls=${peer}`,
          `--initial-cluster=default=${peer}`,
          // Nothing is to outlive it.
          "--unsafe-no-fsync",
        ],
        "kube-apiserver": apiServerArguments(folder, {
          etcd,
          port: this.port,
          address: address ?? NOWHERE,
          bind: address ? "0.0.0.0" : "127.0.0.1",
        }),
        "kube-controller-manager": controllerManagerArguments(folder),
        "kube-scheduler": schedulerArguments(folder),
      })[program]!;
    const start = (name: string) => processes.start(name, programPath(name), argumentsOf(name));
    await start("etcd");
    await start("kube-apiserver");
    const connection = await this.connect("super-admin");
    const client = new KubeClient(connection.api);
    await processes.until("kube-apiserver is ready", async () => {
      return await client.text("GET", "/readyz") === "ok";
    });
    // Source: kubernetes/kubernetes cmd/kubeadm/app/phases/kubeconfig/kubeconfig.go EnsureAdminClusterRoleBinding.
    await client.create("rbac.authorization.k8s.io/v1/clusterrolebindings", {}, {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "kubeadm:cluster-admins" },
      roleRef: {
        apiGroup: "rbac.authorization.k8s.io",
        kind: "ClusterRole",
        name: "cluster-admin",
      },
      subjects: [{
        apiGroup: "rbac.authorization.k8s.io",
        kind: "Group",
        name: "kubeadm:cluster-admins",
      }],
    });
    await start("kube-controller-manager");
    await start("kube-scheduler");
    // What every namespace gets is there once the controllers work.
    await processes.until("kube-controller-manager works", async () => {
      return await client.find("v1/serviceaccounts", { namespace: "default", name: "default" }) !==
        undefined;
    });
    this.#connection = connection;
    if (!address) this.#nodes = await HollowNodes.join(client, { version: this.version, cordoned });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#nodes?.[Symbol.asyncDispose]();
    this.#connection?.close();
    await this.processes[Symbol.asyncDispose]();
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** A port that nobody listens at now. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    return (listener.addr as Deno.NetAddr).port;
  } finally {
    listener.close();
  }
}

function kubeadmConfig(
  { folder, port, version, address }: {
    folder: string;
    port: number;
    version: string;
    address: string;
  },
): string {
  const api = "kubeadm.k8s.io/v1beta4";
  const documents = [
    {
      apiVersion: api,
      kind: "ClusterConfiguration",
      kubernetesVersion: version,
      clusterName: "genuine",
      certificatesDir: `${folder}/pki`,
      controlPlaneEndpoint: `127.0.0.1:${port}`,
      networking: { podSubnet: POD_SUBNET, serviceSubnet: SERVICE_SUBNET },
      apiServer: { certSANs: ["127.0.0.1", "localhost", address] },
      etcd: { external: { endpoints: ["http://127.0.0.1:2379"] } },
    },
    {
      apiVersion: api,
      kind: "InitConfiguration",
      localAPIEndpoint: { advertiseAddress: address, bindPort: port },
      nodeRegistration: {
        name: "hpa-practice-control-plane",
        // It looks for one, where none is named.
        criSocket: "unix:///run/containerd/containerd.sock",
      },
    },
  ];
  return documents.map((document) => JSON.stringify(document)).join("\n---\n");
}

function apiServerArguments(
  folder: string,
  { etcd, port, address, bind }: { etcd: string; port: number; address: string; bind: string },
): string[] {
  const pki = `${folder}/pki`;
  return [
    `--advertise-address=${address}`,
    "--allow-privileged=true",
    "--authorization-mode=Node,RBAC",
    `--bind-address=${bind}`,
    `--client-ca-file=${pki}/ca.crt`,
    "--enable-admission-plugins=NodeRestriction",
    // Pods are reached at their own addresses: Services' lead nowhere from outside of the nodes.
    "--enable-aggregator-routing=true",
    "--enable-bootstrap-token-auth=true",
    `--etcd-servers=${etcd}`,
    `--kubelet-client-certificate=${pki}/apiserver-kubelet-client.crt`,
    `--kubelet-client-key=${pki}/apiserver-kubelet-client.key`,
    "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
    `--proxy-client-cert-file=${pki}/front-proxy-client.crt`,
    `--proxy-client-key-file=${pki}/front-proxy-client.key`,
    "--requestheader-allowed-names=front-proxy-client",
    `--requestheader-client-ca-file=${pki}/front-proxy-ca.crt`,
    "--requestheader-extra-headers-prefix=X-Remote-Extra-",
    "--requestheader-group-headers=X-Remote-Group",
    "--requestheader-username-headers=X-Remote-User",
    `--secure-port=${port}`,
    "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
    `--service-account-key-file=${pki}/sa.pub`,
    `--service-account-signing-key-file=${pki}/sa.key`,
    `--service-cluster-ip-range=${SERVICE_SUBNET}`,
    `--tls-cert-file=${pki}/apiserver.crt`,
    `--tls-private-key-file=${pki}/apiserver.key`,
  ];
}

function controllerManagerArguments(folder: string): string[] {
  const pki = `${folder}/pki`;
  return [
    "--allocate-node-cidrs=true",
    ...delegating(`${folder}/controller-manager.conf`, pki),
    `--cluster-cidr=${POD_SUBNET}`,
    "--cluster-name=genuine",
    `--cluster-signing-cert-file=${pki}/ca.crt`,
    `--cluster-signing-key-file=${pki}/ca.key`,
    "--controllers=*,bootstrapsigner,tokencleaner",
    `--root-ca-file=${pki}/ca.crt`,
    `--service-account-private-key-file=${pki}/sa.key`,
    `--service-cluster-ip-range=${SERVICE_SUBNET}`,
    "--use-service-account-credentials=true",
  ];
}

function schedulerArguments(folder: string): string[] {
  return delegating(`${folder}/scheduler.conf`, `${folder}/pki`);
}

/** What asks the API server who somebody is, and what one may. */
function delegating(kubeconfig: string, pki: string): string[] {
  return [
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    "--bind-address=127.0.0.1",
    `--client-ca-file=${pki}/ca.crt`,
    `--kubeconfig=${kubeconfig}`,
    "--leader-elect=false",
    `--requestheader-client-ca-file=${pki}/front-proxy-ca.crt`,
    `--secure-port=${freePort()}`,
  ];
}
