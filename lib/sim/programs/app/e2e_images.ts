import type { ContainerContext } from "../../seams.ts";
import { appProgram } from "./app_program.ts";
import { demo, flag, literal, versionOf } from "./demo.ts";

/** What netexec does besides, which is not simulated. Source: kubernetes test/images/agnhost/netexec/netexec.go (addRoutes). */
const LEFT_OUT = "clientip dial echo exit header redirect shell shutdown upload".split(" ");

/** What each part of agnhost that serves something does. */
const AGNHOST: Readonly<Record<string, (words: readonly string[]) => string>> = {
  netexec: (words) => `
port: ${flag(words, "http-port") ?? "8080"}
log: false
routes:
  /*: "NOW: $time\\n"
  /hostname: $pod
  /hostName: $pod
  /healthz: ""
${
    LEFT_OUT.map((name) =>
      `  /${name}: {status: 501, body: "netexec's /${name} is not simulated in this lab\\n"}`
    ).join("\n")
  }
metrics: {}
`,
  "serve-hostname": (words) => `
port: ${flag(words, "port") ?? "9376"}
log: "$time Serving on $url"
routes:
  /*: $pod
metrics: {}
`,
  "test-webserver": (words) => `
port: ${flag(words, "port") ?? "80"}
log: false
routes:
  /*: "<html><title>test-webserver</title></html>\\n"
metrics: {}
`,
  pause: () => "log: false\nmetrics: {}\n",
};

/**
 * The image of Kubernetes' own tests. Source: kubernetes test/images/agnhost.
 * Differs: netexec answers 501 for what it runs and calls; of the others serve-hostname, test-webserver and pause alone.
 */
export const agnhost = appProgram({
  name: "agnhost",
  images: ["registry.k8s.io/e2e-test-images/agnhost", "k8s.gcr.io/e2e-test-images/agnhost"],
  tags: "1.2.3",
  userland: {
    base: "alpine",
    curl: true,
    entrypoint: ["/agnhost"],
    path: "/agnhost",
    cmd: ["pause"],
  },
  configure(context) {
    const words = context.args;
    const [part = "pause"] = words;
    if (Object.hasOwn(AGNHOST, part)) return { file: "agnhost", text: AGNHOST[part](words) };
    context.log(
      `agnhost ${part} is not simulated in this lab; ${Object.keys(AGNHOST).join(", ")} are`,
    );
    context.exit(1);
    return undefined;
  },
  greet: () => [],
});

const HTDOCS = "/usr/local/apache2/htdocs";
const IT_WORKS = "<html><body><h1>It works!</h1></body></html>\n";

/** Source: apache/httpd modules/http/http_protocol.c (get_canned_error_string, ap_send_error_response). */
const NOT_FOUND = `<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">
<html><head>
<title>404 Not Found</title>
</head><body>
<h1>Not Found</h1>
<p>The requested URL was not found on this server.</p>
</body></html>
`;

/** The files that a volume puts where Apache serves from, by their path there. */
function pagesOf({ files }: ContainerContext): string {
  const pages = new Map([["/", IT_WORKS], ["/index.html", IT_WORKS]]);
  if (files.isMounted(HTDOCS)) pages.clear();
  for (const path of files.list(HTDOCS)) {
    const text = files.read(path) ?? "";
    const page = path.slice(HTDOCS.length);
    pages.set(page, text);
    if (page === "/index.html") pages.set("/", text);
  }
  return [...pages].map(([path, text]) =>
    `  ${literal(path)}: {type: text/html, cpu: 200us, body: ${literal(text)}}`
  ).join("\n");
}

/**
 * Apache's own image. Source: docker-library/httpd; apache/httpd docs/docindex.html.
 * Differs: it serves the files that were there when it started, and reads no configuration.
 */
export const httpd = demo({
  name: "httpd",
  images: ["httpd", "registry.k8s.io/e2e-test-images/httpd"],
  tags: "1.2.3",
  userland: {
    base: "debian",
    workingDir: "/usr/local/apache2",
    entrypoint: [],
    cmd: ["httpd-foreground"],
    path: "/usr/local/bin/httpd-foreground",
  },
  text: (context) => `
port: 80
log: '$client - - [$clf] "$method $url HTTP/1.1" $code $size'
routes:
${pagesOf(context)}
  /*: {status: 404, type: text/html; charset=iso-8859-1, cpu: 200us, body: ${literal(NOT_FOUND)}}
metrics: {}
`,
  greet: (context) => {
    const { ip } = context.pod;
    return [
      "AH00558: httpd: Could not reliably determine the server's fully qualified domain name, " +
      `using ${ip}. Set the 'ServerName' directive globally to suppress this message`,
      `Apache/${versionOf(context, "2.4.65")} (Unix) configured -- resuming normal operations`,
    ];
  },
});
