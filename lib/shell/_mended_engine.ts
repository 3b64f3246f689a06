import nodeModule from "node:module";
import { pathToFileURL } from "node:url";

/*
 * Three places of just-bash are mended as it is loaded, for nothing outside of it can reach them: two keep the thread
 * without an end, and one takes half a text for a whole one. What is replaced is the text of the version that deno.json
 * names; tests/shell/mended_engine_test.ts tells when it is not there any more.
 */

/** A place that is mended: its text, which the package has once, and what stands there then. */
type Mending = readonly [what: string, text: RegExp, by: string];

const MENDINGS: readonly Mending[] = [
  // A dollar sign that begins no expansion is an operand of no length, after which there is always another.
  [
    "a lone dollar sign in arithmetic",
    /(for\(;\w+\((\w+),(\w+)\);\)\{let\{expr:(\w+),pos:(\w+)\}=\w+\(\w+,\2,\3,!0\);)(\w+\.push\(\4\),\3=\5\})/,
    "$1if($5===$3)break;$6",
  ],
  // Arithmetic that breaks off would be read as far as it goes.
  [
    "arithmetic without an end",
    /(parseArithmeticExpansion\((\w+),\w+\)\{let \w+=\w+\+3,(\w+)=1,.*?)(let \w+=\2\.slice\()/,
    '$1if($3>0)this.error("unexpected EOF while looking for matching `)\'");$4',
  ],
  // A function within a function is counted; a text within a text was not, and an alias may be run as one.
  [
    "a text that eval reads within another",
    /let (\w+)=(\w+\(\w+\));return await (\w+)\.executeScript\(\1\)\}catch/,
    'let $1=$2,within=$3.executionScope.enterDepth("eval");' +
    "try{return await $3.executeScript($1)}finally{within.release()}}catch",
  ],
];

interface Loaded {
  source?: string | Uint8Array;
}
interface Hooks {
  load(url: string, context: unknown, next: (url: string, context: unknown) => Loaded): Loaded;
}

type Engine = typeof import("just-bash");

/** Names of the places that were mended as {@linkcode load} loaded just-bash. */
export const mended: string[] = [];

/**
 * just-bash, mended; as it is where Deno has no hooks for that. Its file is imported by its address, since what is
 * imported by the package's name does not come by the hooks.
 */
async function load(): Promise<Engine> {
  const { createRequire, registerHooks } = nodeModule as unknown as {
    createRequire(url: string): { resolve(name: string): string };
    registerHooks?(hooks: Hooks): { deregister(): void };
  };
  if (!registerHooks) return await import("just-bash");
  const required = pathToFileURL(createRequire(import.meta.url).resolve("just-bash")).href;
  const entry = new URL("index.js", required).href;
  const hooks = registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      if (url !== entry || typeof loaded.source !== "string") return loaded;
      let { source } = loaded;
      for (const [what, text, by] of MENDINGS) {
        if (!text.test(source)) continue;
        source = source.replace(text, by);
        mended.push(what);
      }
      return { ...loaded, source };
    },
  });
  try {
    return await import(entry);
  } finally {
    hooks.deregister();
  }
}

export const {
  Bash,
  decodeBytesToUtf8,
  defineCommand,
  getCommandNames,
  InMemoryFs,
  MountableFs,
  parse,
  ReadWriteFs,
  serialize,
  stdoutAsBytes,
}: Engine = await load();
