import { createHash } from "node:crypto";

/** What a lesson's start comes of. */
const PARTS = ["examples", "helm_values", "lessons", "lib"];
const CHARS = 16;

/** Names the content of the program, its lessons and files: where one differs, so does the name. */
export async function programVersion(projectUrl: URL): Promise<string> {
  return await contentVersion(projectUrl, PARTS);
}

/** Names the content of some folders below another. */
export async function contentVersion(projectUrl: URL, parts: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const part of parts) await add(new URL(`${part}/`, projectUrl));
  return hash.digest("hex").slice(0, CHARS);

  async function add(folder: URL): Promise<void> {
    const entries = [...Deno.readDirSync(folder)].sort((a, b) => a.name < b.name ? -1 : 1);
    for (const { name, isDirectory, isFile } of entries) {
      if (isDirectory) await add(new URL(`${encodeURIComponent(name)}/`, folder));
      else if (isFile) {
        const bytes = await Deno.readFile(new URL(encodeURIComponent(name), folder));
        hash.update(`${name} ${bytes.length}\n`).update(bytes);
      }
    }
  }
}
