import type { Localized } from "../lesson/mod.ts";

/** What `help VERB` says of each verb, in Markdown: what it does, what it takes, what it leaves alone. */
export const MANUAL: Readonly<Record<string, Localized>> = {
  next: {
    en:
      `Looks whether the open step is done, as \`check\` does, and opens the next one. Enter on an empty line does it
too, once the step is done. Where a number is asked for, type the number.`,
    ko:
      `열린 단계가 끝났는지 \`check\`처럼 보고 다음 단계를 엽니다. 단계가 끝난 뒤에는 빈 줄에서 Enter를 눌러도 됩니다.
숫자를 묻는 단계에서는 숫자를 입력하세요.`,
  },
  hint: {
    en:
      `Gives hints, one each time: first on what is missing in the lab at that moment, then the step's own, and begins anew after the last.
A hint never does anything. How many you read is part of your record (\`status\`).`,
    ko:
      `힌트를 한 번에 하나씩 보여 줍니다. 지금 실습 환경에서 모자란 것이 먼저이고 그다음이 단계의 힌트이며, 마지막 다음에는
처음부터 다시 보여 줍니다. 힌트는 아무것도 바꾸지 않습니다. 몇 개를 읽었는지는 기록에 남습니다(\`status\`).`,
  },
  check: {
    en:
      `Looks at the lab, not at how you typed: what is there, what should be, and why it matters. What to do about it is
what \`hint\` says. Where something only needs time, the lab's clock moves until it is so. Check as often as you like.`,
    ko:
      `어떻게 입력했는지가 아니라 실습 환경을 봅니다. 지금 어떤지, 어때야 하는지, 왜 중요한지 알려 줍니다. 무엇을 할지는
\`hint\`가 알려 줍니다. 시간만 필요한 일이면 그렇게 될 때까지 실습 시계를 보냅니다. 몇 번이든 써도 됩니다.`,
  },
  solution: {
    en:
      `Shows one way to do the step, to be typed by you. Where a rule is asked for it shows what to change in your file and
why, and writes it if you say so. Where a number is asked for it shows the sum, and the step then
counts as skipped.`,
    ko:
      `단계를 푸는 한 가지 방법을 보여 줍니다. 입력은 직접 합니다. 규칙을 쓰는 단계에서는 내 파일에서 무엇을 왜 바꿀지 보여 주고,
원하면 바꿔 줍니다. 숫자를 묻는 단계에서는 계산을 보여 주고, 그 단계는
건너뛴 것으로 셉니다.`,
  },
  skip: {
    en:
      `Types the solution for you and goes on. The lab is then as if you had done it, but the step counts as skipped, not
as done: \`list\` shows both. \`start LESSON\` gives you the lesson again.`,
    ko:
      `답을 대신 입력하고 다음으로 갑니다. 실습 환경은 직접 한 것과 같아지지만, 그 단계는 끝낸 것이 아니라 건너뛴 것으로
셉니다. \`list\`에서 볼 수 있고, \`start LESSON\`으로 그 수업을 다시 할 수 있습니다.`,
  },
  again: {
    en:
      `\`again\` shows the open step once more. \`back\` opens the step before it, to be read: the lab stays as it is, and
\`next\` comes forward again. To take back what you did, use \`undo\`.`,
    ko:
      `\`again\`은 열린 단계를 다시 보여 줍니다. \`back\`은 앞 단계를 읽을 수 있게 엽니다. 실습 환경은 그대로이며 \`next\`로
다시 앞으로 옵니다. 한 일을 되돌리려면 \`undo\`를 쓰세요.`,
  },
  undo: {
    en:
      `\`undo\` takes back the last line that changed something, \`undo 3\` the last three: the cluster and its metrics, your
files, the clock, the shell's folder and variables, your place in the lesson. Lines that only looked are passed over.
\`redo\` does them again, until you type something else. The last 50 lines are kept, also when you leave. Tries, hints
and time in your record stay.`,
    ko:
      `\`undo\`는 무언가를 바꾼 마지막 줄을, \`undo 3\`은 마지막 세 줄을 되돌립니다. 클러스터와 메트릭, 파일, 시계, 셸의
폴더와 변수, 수업의 위치가 모두 돌아갑니다. 보기만 한 줄은 세지 않습니다. \`redo\`는 다른 것을 입력하기 전까지 다시
합니다. 나갔다 와도 마지막 50줄을 기억합니다. 시도, 힌트, 시간의 기록은 그대로입니다.`,
  },
  reset: {
    en:
      `Builds the lab as it is at the start of the open lesson, or of \`reset LESSON\`, after asking. Your files of before
are kept aside; \`undo\` brings all back.`,
    ko:
      `열린 수업, 또는 \`reset LESSON\`이면 그 수업의 처음 상태로 실습 환경을 다시 만듭니다. 먼저 묻습니다. 이전 파일은 따로
보관하며 \`undo\`로 모두 되돌릴 수 있습니다.`,
  },
  map: {
    en:
      `Draws the way of a metric from the container that counts to what is scaled: each hop, whether it works, and what it
shows now. \`map NAME\` takes another HPA, \`-n NAMESPACE\` one elsewhere. What a later lesson brings is named below. With
\`--plain\` it is told in sentences.`,
    ko:
      `메트릭이 세는 컨테이너에서 크기가 바뀌는 것까지 가는 길을 그립니다. 지점마다 되는지, 지금 무엇을 보이는지 알려 줍니다.
\`map NAME\`은 다른 HPA를, \`-n NAMESPACE\`는 다른 네임스페이스의 것을 봅니다. 뒤의 수업에 나오는 것은 아래에 적습니다.
\`--plain\`에서는 문장으로 말합니다.`,
  },
  graph: {
    en:
      `Draws an HPA's metric against its target, and its replicas, over lab time, with the reasons of each change below.
\`graph last 10m\` looks back so far (15 minutes without), \`graph live\` draws on until Ctrl-C, \`graph NAME -n NAMESPACE\`
names one of several. The past comes from Prometheus, so there is none before lesson 4.`,
    ko:
      `실습 시간에 따른 HPA의 메트릭과 목표, 레플리카를 그리고 바뀐 이유를 아래에 적습니다. \`graph last 10m\`은 그만큼의
과거를(없으면 15분), \`graph live\`는 Ctrl-C까지 계속 그리고, \`graph NAME -n NAMESPACE\`는 여럿 중 하나를 고릅니다.
과거는 Prometheus에서 오므로 4과 전에는 없습니다.`,
  },
  more: {
    en:
      `Shows all of the last output that was too long, a page at a time: space goes on, b back, q ends. \`more FILE\` is the
shell's and shows a file.`,
    ko:
      `너무 길어 생략한 마지막 출력을 한 쪽씩 모두 보여 줍니다. 스페이스는 다음, b는 앞, q는 끝입니다. \`more FILE\`은 셸의
명령이며 파일을 보여 줍니다.`,
  },
  free: {
    en:
      `Begins free play: no line is judged, nothing counts, and the prompt says \`free\`. \`free\` once more ends it, leads
back to your step, and asks whether lab and files are to be as they were before. \`undo\` takes back even that.`,
    ko:
      `자유 연습을 시작합니다. 어떤 줄도 판단하거나 세지 않으며 프롬프트에 \`free\`라고 나옵니다. 다시 \`free\`를 입력하면
끝내고 단계로 돌아오며, 실습 환경과 파일을 전과 같게 할지 묻습니다. 그것도 \`undo\`로 되돌릴 수 있습니다.`,
  },
  export: {
    en:
      `\`export mine.lab\` writes your place, your record, the lab and your files (those over 1 MB not) to one file; a name
without a folder is kept with the lab, \`/tmp/mine.lab\` is written there. The file has a format number and a checksum.
\`import mine.lab\` says what is in such a file, asks, and puts it in place of what is here; \`undo\` brings that back.
\`export NAME=value\` is still the shell's.`,
    ko:
      `\`export mine.lab\`은 위치, 기록, 실습 환경, 파일(1 MB 넘는 것 제외)을 한 파일에 씁니다. 폴더 없는 이름은 실습 환경
옆에, \`/tmp/mine.lab\`은 거기에 씁니다. 파일에는 형식 번호와 검사합이 있습니다. \`import mine.lab\`은 무엇이 들었는지
말하고 물은 뒤 여기 있는 것을 그것으로 바꿉니다. \`undo\`로 되돌릴 수 있습니다. \`export NAME=value\`는 여전히 셸의
명령입니다.`,
  },
  list: {
    en:
      `\`list\` shows the lessons, the steps of each that are done and skipped, what is done in all, and how long the rest may
take. \`start 6\` or \`start adapter-rules\` goes to a lesson: where the lab is not at its start it is built, after asking,
and \`undo\` brings the one of before back. A lesson that you did before keeps its record.`,
    ko:
      `\`list\`는 수업과 수업마다 끝낸 단계와 건너뛴 단계, 전체에서 끝낸 것, 남은 시간의 어림을 보여 줍니다. \`start 6\`이나
\`start adapter-rules\`는 그 수업으로 갑니다. 실습 환경이 그 처음 상태가 아니면 물은 뒤 만들며, 전의 것은 \`undo\`로
되돌릴 수 있습니다. 전에 한 수업의 기록은 남습니다.`,
  },
  status: {
    en:
      `Tells your place, what the step, the lesson and all lessons took so far (tries, hints, time with you there), the
lab's time and speed, its cluster, where your files lie, and the ports that are open for a browser.`,
    ko:
      `지금 위치, 단계와 수업과 전체에 지금까지 든 것(시도, 힌트, 있었던 시간), 실습 시각과 빠르기, 클러스터, 파일이 있는 곳,
브라우저로 열 수 있는 포트를 알려 줍니다.`,
  },
  on: {
    en:
      `\`on\` tells where the lessons run. \`on context=NAME\` chooses a context of your kubeconfig for the next time, \`on
sandbox\` the cluster inside this program. A real cluster is shown to you and asked about before anything is made there,
time there cannot be moved, and nothing can be undone. Progress and files are kept for each.`,
    ko:
      `\`on\`은 수업을 어디서 하는지 알려 줍니다. \`on context=NAME\`은 다음부터 kubeconfig의 그 컨텍스트를, \`on sandbox\`는 이
프로그램 안의 클러스터를 고릅니다. 실제 클러스터는 무엇이든 만들기 전에 먼저 보여 주고 물어봅니다. 거기서는 시간을 옮길 수도,
되돌릴 수도 없습니다. 진도와 파일은 각각 보관합니다.`,
  },
  images: {
    en:
      `Lists the images whose containers run here, by what they are for. Of any other image a pod stays at \`ErrImagePull\`, as on a
cluster that cannot reach its registry; so it does with a tag that none can have, such as \`nginx:1.161\`. A lesson can bring
images of its own.

\`hpa-tutor/app\` is yours: a ConfigMap says what it answers, counts and works on. \`examples/04_own_metrics/README.md\`
walks from it to an HPA.`,
    ko:
      `여기서 컨테이너가 실행되는 이미지를 쓰임새별로 보여 줍니다. 다른 이미지의 파드는 레지스트리에 닿지 못하는
클러스터처럼 \`ErrImagePull\`에 머뭅니다. \`nginx:1.161\`처럼 있을 수 없는 태그도 그렇습니다. 수업이 자기 이미지를 가져올
수도 있습니다.

\`hpa-tutor/app\`은 직접 정하는 이미지입니다. 무엇에 답하고 무엇을 세고 어떤 일을 하는지 ConfigMap에 적습니다.
\`examples/04_own_metrics/README.ko.md\`가 이 앱에서 HPA까지 안내합니다.`,
  },
  lang: {
    en:
      `\`lang ko\` and \`lang en\` change the language of the tutor and the lessons; commands print what they always print.`,
    ko:
      `\`lang ko\`와 \`lang en\`은 tutor와 수업의 언어를 바꿉니다. 명령의 출력은 언제나 같습니다.`,
  },
  help: {
    en:
      `\`help\` lists the tutor's words and the shell's commands, \`help all\` with what each does; \`help WORD\` (or \`man
WORD\`) tells more of one, and \`help kubectl get\` of a command's own commands. All that a command takes: \`kubectl
--help\`, \`clock --help\`.`,
    ko:
      `\`help\`는 tutor의 말과 셸의 명령을, \`help all\`은 그 하나하나가 하는 일을 보여 줍니다. \`help WORD\`(또는 \`man
WORD\`)는 그 하나를, \`help kubectl get\`은 명령 안의 명령을 자세히 알려 줍니다. 명령이 받는 것 모두: \`kubectl --help\`,
\`clock --help\`.`,
  },
  quit: {
    en:
      `Leaves; so do \`exit\` and Ctrl-D. Everything is kept, and the command that is said leads back to this very step.`,
    ko:
      `나갑니다. \`exit\`와 Ctrl-D도 같습니다. 모두 저장되며, 그때 알려 주는 명령으로 바로 이 단계에 돌아옵니다.`,
  },
};
