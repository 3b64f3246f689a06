import assert from "node:assert/strict";
import { repairTask, requestsBreak } from "../../lib/lesson/mod.ts";
import type { LabView } from "../../lib/lesson/mod.ts";

const task = repairTask({
  id: "first",
  mended: 1,
  of: [{ ...requestsBreak, isMended: () => Promise.resolve(false) }],
  needs: [["deployments.apps", "php-apache"], ["services", "php-apache"]],
});

/** What the task tells of a lab that has these objects. */
async function told(names: readonly string[], code = 200): Promise<string> {
  const view = {
    drawn: [requestsBreak.id],
    raw: () => Promise.resolve({ code, body: {}, message: "" }),
    get: (resource: string, _: string, name: string) =>
      Promise.resolve(names.includes(`${resource}/${name}`) ? {} : undefined),
  };
  const [found] = await task.check(view as unknown as LabView);
  return `${found.actual.en}; ${found.next.en}`;
}

Deno.test("a repair whose objects are gone tells that, and how they come back", async () => {
  const all = ["deployments.apps/php-apache", "services/php-apache"];
  assert.ok((await told(all)).includes(requestsBreak.next.en));
  assert.match(
    await told(all.slice(1)),
    /0 mended, and deployments\.apps\/php-apache is gone; .*reset/,
  );
  assert.match(await told([], 0), /there is no cluster; .*reset/);
});
