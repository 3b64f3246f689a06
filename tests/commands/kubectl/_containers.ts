import { commands } from "../../../lib/commands/mod.ts";
import { openSandbox, type Sandbox } from "../../../lib/labs/mod.ts";
import { Shell } from "../../../lib/shell/mod.ts";

/** What `testdata/container_lines.txt` runs against. */
const SETUP = `
kubectl create deployment web --image=nginx
kubectl expose deployment web --port=80
kubectl run box --image=busybox:1.36 -- sleep 36000
kubectl run curl --image=curlimages/curl -- sleep 36000
kubectl run waiting --image=nosuch:1
kubectl run done --image=busybox --restart=Never -- true
kubectl run loud --image=busybox --restart=Never --labels=app=loud -- sh -c 'for i in 1 2 3 4 5; do echo line $i; done; printf unfinished'
kubectl run crash --image=busybox -- sh -c 'echo boom; exit 1'
kubectl run duo --image=busybox --restart=Never --labels=app=loud --overrides='{"spec":{"initContainers":[{"name":"init","image":"busybox","args":["echo","from init"]}],"containers":[{"name":"first","image":"busybox","args":["echo","from first"]},{"name":"second","image":"busybox","args":["echo","from second"]}]}}'
kubectl run pair --image=busybox --overrides='{"spec":{"containers":[{"name":"first","image":"busybox","args":["sleep","36000"]},{"name":"second","image":"busybox","args":["sleep","36000"]}]}}'
kubectl run marked --image=busybox --overrides='{"metadata":{"annotations":{"kubectl.kubernetes.io/default-container":"second"}},"spec":{"containers":[{"name":"first","image":"busybox","args":["sleep","36000"]},{"name":"second","image":"busybox","args":["sleep","36000"]}]}}'
`;

export interface ContainerLab {
  lab: Sandbox;
  shell: Shell;
  folder: string;
  close(): Promise<void>;
}

/** A lab with pods to look into, and a shell whose folder holds the test's files. */
export async function containerLab(): Promise<ContainerLab> {
  const folder = await Deno.makeTempDir();
  const lab = await openSandbox({ homeDir: `${folder}/home`, startMs: Date.UTC(2026, 10, 24) });
  const workspaceDir = `${folder}/work`;
  await Deno.mkdir(workspaceDir);
  const files = new URL("testdata/files/", import.meta.url);
  for await (const entry of Deno.readDir(files)) {
    if (entry.isFile) {
      await Deno.copyFile(new URL(entry.name, files), `${workspaceDir}/${entry.name}`);
    }
  }
  const shell = new Shell({ lab, workspaceDir, commands });
  await lab.createCluster("hpa-practice", {});
  await lab.clock.advance(30_000);
  for (const line of SETUP.trim().split("\n")) {
    const { exitCode, printed } = await shell.run(line);
    if (exitCode !== 0) throw new Error(`${line}: ${printed}`);
  }
  await lab.clock.advance(60_000);
  return {
    lab,
    shell,
    folder: workspaceDir,
    close: async () => {
      await lab.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** The lines, each with what is typed into it. */
export function containerLines(): { line: string; stdin: string }[] {
  const text = Deno.readTextFileSync(new URL("testdata/container_lines.txt", import.meta.url));
  return text.trimEnd().split("\n").map((one) => {
    const [line, given] = one.split(" <<< ");
    return { line, stdin: given ? JSON.parse(given) : "" };
  });
}

/** What differs from run to run. */
export function masked(text: string): string {
  return text.replace(/start exec "[0-9a-f]{64}"/g, 'start exec "<id>"')
    .replace(/^[EWI]\d{4} .*\n/gm, "")
    .replace(/\b10\.(?!96\.0\.10\b)\d+\.\d+\.\d+/g, "<ip>")
    .replace(/\bweb-[0-9a-f]+-[a-z0-9]{5}\b/g, "web-<hash>")
    .replace(/\[\d\d\/Nov\/2026:[^\]]*\]/g, "[<time>]");
}

/** A line as stock kubectl ran it. */
export interface RecordedContainerLine {
  line: string;
  stdout: string;
  stderr: string;
  exitCode: number;
}
