import { lessonIds, LESSONS_URL } from "../lesson/mod.ts";

/** Why a lesson cannot be made. */
export type NoLesson = "noName" | "taken";

/** The files of a lesson, by their names. */
export type LessonTexts = Record<"lesson.ts" | "en.md" | "ko.md", string>;

/**
 * Makes a lesson's folder with a small lesson that works: one command, one task with a check, and
 * prose in both languages. It gets the number after the last of `taken` and of what the folder has.
 */
export async function newLesson(
  name: string,
  { folder = LESSONS_URL, taken = [], texts = exampleLesson }: {
    folder?: URL;
    /** Ids of the lessons elsewhere. */
    taken?: readonly string[];
    texts?: (id: string, name: string) => LessonTexts;
  } = {},
): Promise<{ id: string; files: string[] } | NoLesson> {
  if (!/^[a-z][a-z0-9-]*$/.test(name)) return "noName";
  const ids = [...taken, ...await lessonIds(folder)];
  if (ids.some((id) => id.slice(3) === name)) return "taken";
  const last = Math.max(0, ...ids.map((id) => Number(id.slice(0, 2))));
  const id = `${String(last + 1).padStart(2, "0")}-${name}`;
  const files = texts(id, name);
  await Deno.mkdir(new URL(`${id}/`, folder));
  for (const [file, text] of Object.entries(files)) {
    await Deno.writeTextFile(new URL(`${id}/${file}`, folder), text);
  }
  return { id, files: Object.keys(files) };
}

/** A small lesson that works, to be changed piece by piece. */
function exampleLesson(id: string, name: string): LessonTexts {
  const named = (text: string) => text.replaceAll("{{id}}", id).replaceAll("{{name}}", name);
  return { "lesson.ts": named(LESSON), "en.md": named(ENGLISH), "ko.md": named(KOREAN) };
}

const LESSON = `import { defineLesson, finding } from "hpa-tutor";

export default defineLesson({
  id: "{{id}}",
  title: { en: "{{name}}", ko: "{{name}}" },
  minutes: 5,
  requires: ["01-cluster"],
  steps: [
    {
      kind: "run",
      id: "look",
      lines: ["kubectl get namespace"],
      expect: {
        as: "table",
        output: [
          "NAME      STATUS   AGE",
          "default   Active   <age>",
        ].join("\\n"),
      },
    },
    {
      kind: "task",
      id: "make-one",
      solution: ["kubectl create namespace practice"],
      async check(view) {
        // Of a kind without a namespace it is asked with "".
        if (await view.get("namespaces", "", "practice")) return [];
        const names = (await view.list("namespaces")).map(({ metadata }) => metadata.name);
        return [finding(
          [
            "a namespace called practice",
            \`there are \${names.join(", ")}\`,
            "this is where your own objects would go",
            "create it with kubectl",
          ],
          [
            "practice라는 네임스페이스",
            \`있는 것: \${names.join(", ")}\`,
            "여러분의 오브젝트가 들어갈 곳입니다",
            "kubectl로 만드세요",
          ],
        )];
      },
      wrongAnswers: [{
        name: "another name",
        lines: ["kubectl create namespace other"],
        says: "other",
      }],
    },
  ],
});
`;

const ENGLISH = `# {{name}}

What this lesson is about, in two or three sentences.

## look

See which namespaces there are:

\`\`\`bash
kubectl get namespace
\`\`\`

### why
Every cluster has the namespace \`default\`.
### done
These came with the cluster.

## make-one

Make a namespace called \`practice\`.

### hint
\`kubectl create --help\` lists what can be created.
### hint
\`kubectl create namespace NAME\`
### done
It is empty, and yours.

## end

What the learner can do now.
`;

const KOREAN = `# {{name}}

이 수업이 무엇에 관한 것인지 두세 문장으로 쓰세요.

## look

어떤 네임스페이스가 있는지 보세요.

\`\`\`bash
kubectl get namespace
\`\`\`

### why
모든 클러스터에는 \`default\` 네임스페이스가 있습니다.
### done
클러스터와 함께 생긴 것들입니다.

## make-one

\`practice\`라는 네임스페이스를 만드세요.

### hint
\`kubectl create --help\`가 만들 수 있는 것을 보여 줍니다.
### hint
\`kubectl create namespace 이름\`
### done
비어 있고, 여러분의 것입니다.

## end

이제 무엇을 할 수 있는지 쓰세요.
`;
