/*
 * What the image carries and what nginx makes up itself.
 * Source: nginx/nginx src/http/ngx_http_special_response.c; recorded from nginx 1.22.1. Its words for some statuses are
 * its own, so Go's (go/http_status.ts) will not do.
 */

const REASONS: Record<number, string> = {
  200: "OK",
  201: "Created",
  202: "Accepted",
  204: "No Content",
  301: "Moved Permanently",
  302: "Found",
  303: "See Other",
  304: "Not Modified",
  307: "Temporary Redirect",
  308: "Permanent Redirect",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Not Allowed",
  408: "Request Timeout",
  413: "Request Entity Too Large",
  414: "Request-URI Too Large",
  416: "Requested Range Not Satisfiable",
  429: "Too Many Requests",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Temporarily Unavailable",
  504: "Gateway Time-out",
};
const TITLES: Record<number, string> = {
  ...REASONS,
  302: "302 Found",
  401: "Authorization Required",
  408: "Request Time-out",
};

/** The page that nginx makes for a status; undefined when it has none. */
export function statusPage(status: number, server: string): string | undefined {
  if (status < 300 || !Object.hasOwn(REASONS, status)) return undefined;
  const title = TITLES[status].startsWith(`${status} `)
    ? TITLES[status]
    : `${status} ${TITLES[status]}`;
  return [
    "<html>",
    `<head><title>${title}</title></head>`,
    "<body>",
    `<center><h1>${title}</h1></center>`,
    `<hr><center>${server}</center>`,
    "</body>",
    "</html>",
    "",
  ].join("\r\n");
}

const STYLE = `<style>
html { color-scheme: light dark; }
body { width: 35em; margin: 0 auto;
font-family: Tahoma, Verdana, Arial, sans-serif; }
</style>`;

const WELCOME = `<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
${STYLE}
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>If you see this page, the nginx web server is successfully installed and
working. Further configuration is required.</p>

<p>For online documentation and support please refer to
<a href="http://nginx.org/">nginx.org</a>.<br/>
Commercial support is available at
<a href="http://nginx.com/">nginx.com</a>.</p>

<p><em>Thank you for using nginx.</em></p>
</body>
</html>
`;

const FAILED = `<!DOCTYPE html>
<html>
<head>
<title>Error</title>
${STYLE}
</head>
<body>
<h1>An error occurred.</h1>
<p>Sorry, the page you are looking for is currently unavailable.<br/>
Please try again later.</p>
<p>If you are the system administrator of this resource then you should check
the error log for details.</p>
<p><em>Faithfully yours, nginx.</em></p>
</body>
</html>
`;

const NGINX_CONF = `user  nginx;
worker_processes  auto;

error_log  /var/log/nginx/error.log notice;
pid        /run/nginx.pid;

events {
    worker_connections  1024;
}

http {
    include       /etc/nginx/mime.types;
    default_type  application/octet-stream;

    log_format  main  '$remote_addr - $remote_user [$time_local] "$request" '
                      '$status $body_bytes_sent "$http_referer" '
                      '"$http_user_agent" "$http_x_forwarded_for"';

    access_log  /var/log/nginx/access.log  main;

    sendfile        on;
    keepalive_timeout  65;

    include /etc/nginx/conf.d/*.conf;
}
`;

const defaultConf = (port: number) =>
  `server {
    listen       ${port};
    server_name  localhost;

    location / {
        root   /usr/share/nginx/html;
        index  index.html index.htm;
    }

    error_page   500 502 503 504  /50x.html;
    location = /50x.html {
        root   /usr/share/nginx/html;
    }
}
`;

const MIME_TYPES = `types {
    text/html                    html htm shtml;
    text/css                     css;
    text/xml                     xml;
    text/plain                   txt;
    image/gif                    gif;
    image/jpeg                   jpeg jpg;
    image/png                    png;
    image/svg+xml                svg svgz;
    application/javascript       js;
    application/json             json;
    application/pdf              pdf;
    font/woff2                   woff2;
}
`;

/** The files of an image that a configuration can reach; its own listens on `port`. */
export function imageFiles(port: number): Readonly<Record<string, string>> {
  return {
    "/etc/nginx/nginx.conf": NGINX_CONF,
    "/etc/nginx/mime.types": MIME_TYPES,
    "/etc/nginx/conf.d/default.conf": defaultConf(port),
    "/usr/share/nginx/html/index.html": WELCOME,
    "/usr/share/nginx/html/50x.html": FAILED,
  };
}

/** What a tag without a patch level stands for now. */
const NEWEST: Record<string, string> = {
  "1.22": "1.22.1",
  "1.23": "1.23.4",
  "1.24": "1.24.0",
  "1.25": "1.25.5",
  "1.26": "1.26.3",
  "1.27": "1.27.5",
  "1.28": "1.28.1",
  "1.29": "1.29.4",
};
const MAINLINE = NEWEST["1.29"];

/** The version in the image with a tag. */
export function versionOfTag(tag: string): string {
  const match = /^(\d+\.\d+)(\.\d+)?/.exec(tag);
  if (!match) return tag.startsWith("stable") ? NEWEST["1.28"] : MAINLINE;
  return match[2] ? match[0] : NEWEST[match[1]] ?? `${match[1]}.0`;
}
