/**
 * An image of one's own without a program: what it answers, counts and works on is told by a ConfigMap. The usual
 * images of demonstrations are the same app, each with the configuration that makes it what it is.
 *
 * @module
 */
import type { Program } from "../../seams.ts";
import { appProgram, refuse } from "./app_program.ts";
export { demoApps } from "./demos.ts";
import { DEFAULT_CONFIG } from "./defaults.ts";

const FOLDER = "/etc/app";
const FILE = `${FOLDER}/app.yaml`;
/** The app whose configuration is the learner's, at `/etc/app/app.yaml`. */
export const app: Program = appProgram({
  name: "app",
  images: ["hpa-tutor/app"],
  hasOwnPaths: true,
  userland: {
    base: "alpine",
    curl: true,
    files: { "/usr/share/app/default.yaml": DEFAULT_CONFIG },
  },
  configure(context) {
    const text = context.files.read(FILE);
    if (text !== undefined) return { text, file: "app.yaml" };
    const others = context.files.list(FOLDER);
    if (others.length === 0 && !context.files.isMounted(FOLDER)) {
      context.log(`no ${FILE}: this is /usr/share/app/default.yaml`);
      return { text: DEFAULT_CONFIG, file: "default.yaml" };
    }
    const there = others.length === 0 ? "it is empty" : `there is ${others.join(", ")}`;
    refuse(context, [`no ${FILE}: ${there}; the ConfigMap's key has to be app.yaml`]);
    return undefined;
  },
  greet: (_context, port) => [`listening on :${port}`],
});
