import { openSandbox } from "../../lib/labs/mod.ts";

/*
 * Serves the lab in the folder that it is given, and brings it back from its last commit again and again.
 */
const lab = await openSandbox({ homeDir: Deno.args[0], purpose: "bring back" });
if ((await lab.clusters()).length === 0) await lab.createCluster("hpa-practice", {});
await lab.serveApi();
lab.startTime();
console.log("Ctrl-C ends it");
for (;;) {
  await new Promise((resolve) => setTimeout(resolve, 100));
  await lab.bringBack();
}
