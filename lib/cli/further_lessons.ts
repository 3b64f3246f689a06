import { pathToFileURL } from "node:url";
import { writePrivately } from "../labs/mod.ts";
import { type Language, lessonIds } from "../lesson/mod.ts";
import { Terminal } from "../term/mod.ts";
import { WORDS } from "../tutor/mod.ts";
import { readClusters, readOn } from "./choice.ts";
import { type CommonOptions, confirm, homeDir, usualLanguage } from "./context.ts";
import { lessonsFolder, type LessonsOption } from "./lessons_folder.ts";
import { warn } from "./output.ts";
import { UsageError } from "./errors.ts";
import { contentVersion } from "./version.ts";

/** The options of a command that may play lessons of others. */
export interface FurtherLessons extends LessonsOption {
  allowLessons?: boolean;
  on?: string;
}

/** What is said before lessons of others run, in one language. */
interface FurtherWords {
  about: (dir: string, ids: string, changed: boolean) => string;
  ask: string;
  needsAllow: (dir: string) => string;
  notAgreed: string;
  none: (dir: string) => string;
  sandboxOnly: string;
}

const FURTHER_WORDS: Record<Language, FurtherWords> = {
  en: {
    about: (dir, ids, changed) =>
      `${
        changed
          ? "Since you agreed to them, these lessons were changed"
          : "These lessons are not the tutor's own"
      }: ${ids}\n` +
      `They are in ${dir}.\n` +
      "Their checks run on a thread of their own that may read none of your files and\n" +
      "reach no network. They see your lab, and the files in its work folder. Their\n" +
      "setup and solutions are shell lines, and run in your lab as yours do.",
    ask: "Let them run? (y/N) ",
    needsAllow: (dir) =>
      `Nobody can be asked here whether the lessons of ${dir} may run. To agree: --allow-lessons`,
    notAgreed: "They were not run. Without --lessons the tutor has its own lessons.",
    none: (dir) =>
      `There is no lesson in ${dir}: a lesson is a folder with a name like 12-pod-labels.`,
    sandboxOnly:
      "Lessons of others run in the sandbox alone, never on a real cluster: leave out --lessons, or say --on sandbox.",
  },
  ko: {
    about: (dir, ids, changed) =>
      `${
        changed ? "동의하신 뒤로 바뀐 수업입니다" : "튜터에 들어 있지 않은 수업입니다"
      }: ${ids}\n` +
      `위치는 ${dir}입니다.\n` +
      "검사는 별도의 스레드에서 돌고, 여러분의 파일을 읽거나 네트워크에 닿을 수\n" +
      "없습니다. 실습 환경과 그 work 폴더의 파일은 봅니다. 준비와 풀이는 셸 명령이며,\n" +
      "여러분의 명령처럼 실습 환경에서 돕니다.",
    ask: "실행할까요? (y/N) ",
    needsAllow: (dir) =>
      `여기서는 ${dir}의 수업을 실행해도 되는지 물어볼 수 없습니다. 동의하려면: --allow-lessons`,
    notAgreed: "실행하지 않았습니다. --lessons가 없으면 튜터 자신의 수업으로 시작합니다.",
    none: (dir) => `${dir}에 수업이 없습니다. 수업은 12-pod-labels 같은 이름의 폴더입니다.`,
    sandboxOnly:
      "다른 사람의 수업은 실제 클러스터가 아닌 샌드박스에서만 돕니다. --lessons를 빼거나 --on sandbox를 쓰세요.",
  },
};

/** Which lessons were agreed to: their content, by the folder that they are in. */
const AGREED_FILE = "lessons.json";

/**
 * The folder of `--lessons`, once the learner let its lessons run: they are asked when its content is not what they agreed
 * to. Errors: UsageError where they do not, or nobody can be asked.
 */
export async function agreedLessons(options: CommonOptions & FurtherLessons): Promise<URL[]> {
  const dir = lessonsFolder(options, { task: "tutor" });
  if (dir === undefined) return [];
  const language = options.lang ?? usualLanguage();
  const words = FURTHER_WORDS[language];
  const home = homeDir(options);
  const on = options.on === undefined ? readClusters(home).on : readOn(options.on);
  if (on.kind === "context") throw new UsageError(words.sandboxOnly);
  const folder = pathToFileURL(`${dir}/`);
  const ids = await lessonIds(folder);
  if (ids.length === 0) throw new UsageError(words.none(dir));
  const version = await contentVersion(folder, ids);
  const agreed = readAgreed(home);
  if (agreed[dir] === version) return [folder];
  if (!options.allowLessons) {
    const screen = new Terminal({ plain: options.plain });
    try {
      warn(words.about(dir, ids.join(", "), dir in agreed));
      if (!screen.capabilities.interactive) throw new UsageError(words.needsAllow(dir));
      if (!(await confirm(screen, words.ask, WORDS[language]))) {
        throw new UsageError(words.notAgreed);
      }
    } finally {
      screen.close();
    }
  }
  Deno.mkdirSync(home, { recursive: true, mode: 0o700 });
  const text = JSON.stringify({ ...agreed, [dir]: version }, null, 2);
  writePrivately(`${home}/${AGREED_FILE}`, `${text}\n`);
  return [folder];
}

function readAgreed(home: string): Record<string, string> {
  try {
    return { ...JSON.parse(Deno.readTextFileSync(`${home}/${AGREED_FILE}`)) };
  } catch {
    return {}; // They are asked again.
  }
}
