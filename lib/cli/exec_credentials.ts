import { messageOf } from "../base/mod.ts";
import { type ExecCredentials, KubeconfigError, type KubeTarget } from "../kube/mod.ts";

/** What a user is known by. */
export type Credentials = Pick<
  KubeTarget,
  "certificate" | "key" | "token" | "tokenFile" | "basic"
>;

/** How long a program may take to give credentials. */
const PATIENCE_MS = 30_000;
const VERSIONS = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];
/** A way round any such program. */
const OTHERWISE = "kubectl create token NAME";

/**
 * What a credential program gives for a target; it is ended when it gives nothing in time. Errors: KubeconfigError, with
 * what to do. Source: kubernetes/client-go plugin/pkg/client/auth/exec/exec.go.
 */
export async function execCredentials(
  exec: ExecCredentials,
  target: KubeTarget,
  signal: AbortSignal,
  patienceMs = PATIENCE_MS,
): Promise<Credentials> {
  const { apiVersion, command } = exec;
  if (!VERSIONS.includes(apiVersion)) {
    throw new KubeconfigError(
      `exec of the user "${target.user}" has the apiVersion "${apiVersion}", which no client knows: write ${
        VERSIONS.join(" or ")
      }`,
      `사용자 "${target.user}"의 exec에 쓰인 apiVersion "${apiVersion}"은(는) 쓸 수 없습니다. 쓸 것: ${
        VERSIONS.join(", ")
      }`,
    );
  }
  const text = await outputOf(exec, target, signal, patienceMs);
  let given: ExecCredential | null;
  try {
    given = JSON.parse(text);
  } catch {
    throw unusable(command, "it printed no JSON", "출력이 JSON이 아닙니다");
  }
  if (given?.kind !== "ExecCredential") {
    throw unusable(command, "it printed no ExecCredential", "출력이 ExecCredential이 아닙니다");
  }
  if (given.apiVersion !== apiVersion) {
    throw unusable(
      command,
      `the kubeconfig wants apiVersion ${apiVersion}, and it gave ${given.apiVersion}; write that one there`,
      `kubeconfig의 apiVersion은 ${apiVersion}인데 ${given.apiVersion}을(를) 냈습니다. kubeconfig를 맞추세요`,
    );
  }
  const { token, clientCertificateData, clientKeyData, expirationTimestamp } = given.status ?? {};
  if (Date.parse(expirationTimestamp ?? "") < Date.now()) {
    throw unusable(
      command,
      `what it gave expired at ${expirationTimestamp}; log in anew`,
      `받은 인증 정보가 ${expirationTimestamp}에 만료되었습니다. 다시 로그인하세요`,
    );
  }
  if (!token && !(clientCertificateData && clientKeyData)) {
    throw unusable(
      command,
      "it gave neither a token nor a certificate with its key",
      "토큰도, 키가 있는 인증서도 내지 않았습니다",
    );
  }
  return {
    ...(token ? { token: String(token) } : {}),
    ...(clientCertificateData && clientKeyData
      ? { certificate: { text: clientCertificateData }, key: { text: clientKeyData } }
      : {}),
  };
}

/** What a credential plugin prints. Source: kubernetes/client-go pkg/apis/clientauthentication/v1/types.go. */
interface ExecCredential {
  kind?: string;
  apiVersion?: string;
  status?: {
    token?: string;
    clientCertificateData?: string;
    clientKeyData?: string;
    expirationTimestamp?: string;
  };
}

/** What it printed. Errors: KubeconfigError. */
async function outputOf(
  { apiVersion, command, args, env, interactiveMode, installHint, provideClusterInfo }:
    ExecCredentials,
  target: KubeTarget,
  signal: AbortSignal,
  patienceMs: number,
): Promise<string> {
  const interactive = interactiveMode !== "Never" && Deno.stdin.isTerminal();
  if (interactiveMode === "Always" && !interactive) {
    throw unusable(command, "it wants to ask at a terminal", "터미널에서 물어봐야 합니다");
  }
  const info = {
    apiVersion,
    kind: "ExecCredential",
    spec: { interactive, ...(provideClusterInfo ? { cluster: clusterInfo(target) } : {}) },
  };
  const given = Object.fromEntries((env ?? []).map(({ name, value }) => [name, value]));
  const patience = AbortSignal.timeout(patienceMs);
  const ends = AbortSignal.any([signal, patience]);
  try {
    const child = new Deno.Command(command, {
      args: args ?? [],
      env: { ...given, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
      stdin: interactive ? "inherit" : "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const ended = new Promise<undefined>((resolve) =>
      ends.addEventListener("abort", () => resolve(undefined), { once: true })
    );
    const output = await Promise.race([child.output(), ended]);
    if (!output) {
      // What it has started may hold its output open: that is not waited for.
      child.unref();
      child.kill("SIGKILL");
      signal.throwIfAborted();
      const seconds = patienceMs / 1000;
      throw unusable(
        command,
        `it gave nothing in ${seconds} s and was ended. Run it by hand, and log in`,
        `${seconds}초 안에 답이 없어 끝냈습니다. 직접 실행해서 로그인하세요`,
      );
    }
    const { success, code, stdout, stderr } = output;
    const decoder = new TextDecoder();
    if (success) return decoder.decode(stdout);
    const words = decoder.decode(stderr).trim() || `exit code ${code}`;
    throw unusable(command, words, words);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      const hint = installHint ? ` ${installHint.trim().replace(/\.$/, "")}` : "";
      throw unusable(
        command,
        `there is no such program. Install it, or write its whole path${hint && "."}${hint}`,
        `그런 프로그램이 없습니다. 설치하거나 경로를 모두 쓰세요${hint && "."}${hint}`,
      );
    }
    if (error instanceof Deno.errors.NotCapable) {
      const run = `deno run --quiet -P=why --allow-run=${command} main.ts why …`;
      throw unusable(
        command,
        `this task may not run it. Let it: ${run}`,
        `이 작업은 실행할 수 없습니다. 허락하려면: ${run}`,
      );
    }
    if (error instanceof KubeconfigError || signal.aborted) throw error;
    throw unusable(command, messageOf(error), messageOf(error));
  }
}

/** Source: kubernetes/client-go tools/clientcmd/api… pkg/apis/clientauthentication/v1/types.go (Cluster). */
function clusterInfo({ server, serverName, isInsecure, proxy, authority }: KubeTarget) {
  return {
    server,
    ...(serverName ? { "tls-server-name": serverName } : {}),
    ...(isInsecure ? { "insecure-skip-tls-verify": true } : {}),
    ...(authority && "text" in authority
      ? { "certificate-authority-data": btoa(authority.text) }
      : {}),
    ...(proxy ? { "proxy-url": proxy } : {}),
  };
}

function unusable(command: string, en: string, ko: string): KubeconfigError {
  return new KubeconfigError(
    `${command}, which the kubeconfig names for credentials, gave none: ${en}. A token will do too: ${OTHERWISE}`,
    `kubeconfig의 인증 프로그램 ${command}에서 인증 정보를 얻지 못했습니다: ${ko}. 토큰도 됩니다: ${OTHERWISE}`,
  );
}
