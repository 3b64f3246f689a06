import assert from "node:assert/strict";
import { PATCH_TAGS, patchTagsText } from "./write_patch_tags.ts";

Deno.test("strategies and merge keys of patches are those that the published schemas give", async () => {
  assert.equal(await Deno.readTextFile(PATCH_TAGS), patchTagsText());
});
