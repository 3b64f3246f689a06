import assert from "node:assert/strict";
import { MODELS, modelsText } from "./write_models.ts";

Deno.test("the types of the API's objects are those that the published schemas give", async () => {
  assert.equal(await Deno.readTextFile(MODELS), modelsText());
});
