import { openWorkbench } from "../../../lib/cli/context.ts";

/** A line and what kubectl printed for it. */
export interface AccessLine {
  line: string;
  stdout: string;
  stderr: string;
  exitCode: number;
}

export interface AccessRecording {
  tool: string;
  date: string;
  lines: AccessLine[];
}

/** Lines about who may do what, each on what those before it have left. */
export const ACCESS_LINES = `
auth whoami
auth whoami --as=bob --as-group=dev --as-group=ops
auth can-i list pods
auth can-i '*' '*'
auth can-i list pods --as=bob
auth can-i get /metrics --as=bob
auth can-i --list --as=bob
auth can-i --list --as=system:serviceaccount:kube-system:kindnet -n kube-system
auth can-i list pods --as=system:serviceaccount:kube-system:coredns -A
get pods --as=bob
get pods --as=bob -A
get pod x --as=bob -n kube-system
get nodes --as=system:serviceaccount:default:default
get --raw /metrics --as=bob
delete pod x --as=bob
create configmap a --as=bob
scale deployment coredns -n kube-system --replicas=2 --as=bob
create rolebinding bob-view --clusterrole=view --user=bob
get pods --as=bob
get pods --as=bob -n kube-system
auth can-i get pods/log --as=bob
auth can-i delete pods --as=bob
auth can-i --list --as=bob
create clusterrolebinding broken --clusterrole=nope --user=carl
get pods --as=carl
auth can-i list pods --as=carl
create clusterrolebinding eve-edit --clusterrole=edit --group=team
create configmap made --as=eve --as-group=team
create configmap made --as=eve --as-group=team
create deployment web --image=nginx --as=bob
create serviceaccount x --as=bob
create secret generic x --as=bob
create service clusterip x --tcp=80 --as=bob
create job x --image=busybox --as=bob
create namespace x --as=bob
create role x --verb=get --resource=pods --as=bob
auth can-i create rolebindings --as=eve --as-group=team
get clusterrole view -o jsonpath={.rules[*].resources}
describe clusterrole system:auth-delegator
`.trim().split("\n");

/** Calls `use` with a new cluster whose time stands still. */
export async function withCluster<T>(
  use: (bench: Awaited<ReturnType<typeof openWorkbench>>) => Promise<T>,
): Promise<T> {
  const home = await Deno.makeTempDir({ prefix: "hpa-tutor-access-" });
  const bench = await openWorkbench(home, { seed: 1, startMs: Date.UTC(2026, 0, 5) });
  try {
    bench.lab.clock.setSpeed(0);
    await bench.shell.run("make install-kind");
    return await use(bench);
  } finally {
    await bench.lab.close();
    await Deno.remove(home, { recursive: true });
  }
}
