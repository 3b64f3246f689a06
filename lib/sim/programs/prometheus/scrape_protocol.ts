import { quote, utf8Length } from "../../../go/mod.ts";
import type { ExpositionFormat } from "../../../promql/mod.ts";

/** The media types that a scrape may ask for, by the names that a configuration has for them. */
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  "OpenMetricsText0.0.1": "application/openmetrics-text;version=0.0.1",
  "OpenMetricsText1.0.0": "application/openmetrics-text;version=1.0.0",
  PrometheusProto:
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
  "PrometheusText0.0.4": "text/plain;version=0.0.4",
  "PrometheusText1.0.0": "text/plain;version=1.0.0",
};
/** Those of them that have a word for names beyond ASCII. */
const ESCAPING = ["OpenMetricsText1.0.0", "PrometheusText1.0.0"];

export const DEFAULT_PROTOCOLS: readonly string[] = [
  "OpenMetricsText1.0.0",
  "OpenMetricsText0.0.1",
  "PrometheusText1.0.0",
  "PrometheusText0.0.4",
];

/** What is wrong with one protocol. Source: prometheus/prometheus config/config.go (ScrapeProtocol.Validate). */
export function protocolError(protocol: string): string | undefined {
  if (Object.hasOwn(MEDIA_TYPES, protocol)) return undefined;
  return `unknown scrape protocol ${protocol}, supported: [${Object.keys(MEDIA_TYPES).join(" ")}]`;
}

/** What is wrong with a list of protocols. Source: as above (validateAcceptScrapeProtocols). */
export function protocolsError(protocols: readonly string[]): string | undefined {
  if (protocols.length === 0) return "scrape_protocols cannot be empty";
  const seen = new Set<string>();
  for (const protocol of protocols) {
    if (seen.has(protocol.toLowerCase())) {
      return `duplicated protocol in scrape_protocols, got [${protocols.join(" ")}]`;
    }
    const wrong = protocolError(protocol);
    if (wrong) return `scrape_protocols: ${wrong}`;
    seen.add(protocol.toLowerCase());
  }
  return undefined;
}

/** Source: prometheus/prometheus scrape/scrape.go (acceptHeader). */
export function acceptHeader(protocols: readonly string[], escaping: string): string {
  let weight = Object.keys(MEDIA_TYPES).length + 1;
  const values = protocols.map((protocol) => {
    const scheme = ESCAPING.includes(protocol) ? `;escaping=${escaping}` : "";
    return `${MEDIA_TYPES[protocol]}${scheme};q=0.${weight--}`;
  });
  return [...values, `*/*;q=0.${weight}`].join(",");
}

/**
 * How an answer of a Content-Type is read, or why it is not.
 * Source: prometheus/prometheus model/textparse/interface.go (extractMediaType).
 */
export function formatOf(
  contentType: string,
  fallback: string,
): { format: ExpositionFormat | "protobuf" } | { error: string } {
  const wrong = (error: string) =>
    fallback === "" ? { error } : formatOf(MEDIA_TYPES[fallback].split(";")[0], "");
  if (contentType === "") {
    return wrong(
      "non-compliant scrape target sending blank Content-Type and no fallback_scrape_protocol specified for target",
    );
  }
  const { media, problem } = mediaType(contentType);
  if (problem) {
    const type = quote(contentType);
    return wrong(
      `cannot parse Content-Type ${type} and no fallback_scrape_protocol for target\nmime: ${problem}`,
    );
  }
  switch (media) {
    case "text/plain":
      return { format: "text" };
    case "application/openmetrics-text":
      return { format: "openmetrics" };
    case "application/vnd.google.protobuf":
      return { format: "protobuf" };
  }
  return wrong(
    `received unsupported Content-Type ${
      quote(contentType)
    } and no fallback_scrape_protocol specified for target`,
  );
}

const MEDIA = /^([!#$%&'*+.^_`|~\w-]*)(\/?)([!#$%&'*+.^_`|~\w-]*)(.*)$/s;
const PARAMETER =
  /^\s*;\s*([!#$%&'*+.^_`|~\w-]+)\s*=\s*(?:[!#$%&'*+.^_`|~\w-]+|"(?:[^"\\]|\\.)*")/s;

/** Source: golang/go src/mime/mediatype.go (ParseMediaType). */
function mediaType(text: string): { media: string; problem?: string } {
  const at = text.indexOf(";");
  const media = (at < 0 ? text : text.slice(0, at)).trim().toLowerCase();
  const [, type, slash, subtype, more] = MEDIA.exec(media)!;
  if (!type) return { media, problem: "no media type" };
  if (!slash && (subtype || more)) return { media, problem: "expected slash after first token" };
  if (slash && !subtype) return { media, problem: "expected token after slash" };
  if (more) return { media, problem: "unexpected content after media subtype" };
  const names = new Set<string>();
  let rest = at < 0 ? "" : text.slice(at);
  while (rest.trim() !== "" && rest.trim() !== ";") {
    const match = PARAMETER.exec(rest);
    if (!match) return { media, problem: "invalid media parameter" };
    const name = match[1].toLowerCase();
    if (names.has(name)) return { media, problem: "duplicate parameter name" };
    names.add(name);
    rest = rest.slice(match[0].length);
  }
  return { media };
}

/**
 * Why a text is no protocol buffers: its first byte is read as a length.
 * Source: prometheus/prometheus prompb/io/prometheus/client/decoder.go (NextMetricFamily).
 */
export function protobufError(text: string): string {
  const bytes = new TextEncoder().encode(text.slice(0, 2));
  const length = bytes[0] + 1;
  const got = utf8Length(text);
  return got < length
    ? `clientpb: insufficient length of buffer, expected at least ${length} bytes, got ${got} bytes`
    : `proto: illegal wireType ${bytes[1] & 7}`;
}
