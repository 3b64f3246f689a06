import { quote } from "./quote.ts";

/**
 * What is wrong with a text as an IPv6 address, in Go's words; undefined when it is one.
 * Source: golang/go src/net/netip/netip.go (ParseAddr, parseIPv6, parseIPv4Fields).
 */
export function ipv6Problem(text: string): string | undefined {
  const wrong = (why: string, at = "") =>
    `ParseAddr(${quote(text)}): ${why}${at === "" ? "" : ` (at ${quote(at)})`}`;
  const first = /[.:%]/.exec(text)?.[0];
  if (first === undefined) return wrong("unable to parse IP");
  if (first === "%") return wrong("missing IPv6 address");
  if (first === ".") return ipv4Problem(text, wrong) ?? "";
  const percent = text.indexOf("%");
  if (percent === text.length - 1) return wrong("zone must be a non-empty string");
  return groupsProblem(percent < 0 ? text : text.slice(0, percent), wrong);
}

type Wrong = (why: string, at?: string) => string;

/** Reads groups of hexadecimal digits with one `::` among them and perhaps an IPv4 address at their end. */
function groupsProblem(address: string, wrong: Wrong): string | undefined {
  let rest = address;
  let ellipsis = rest.startsWith("::");
  if (ellipsis) rest = rest.slice(2);
  if (ellipsis && rest === "") return undefined;
  let groups = 0;
  while (groups < 8) {
    const digits = /^[0-9a-fA-F]*/.exec(rest)![0];
    if (digits.length > 4) return wrong("each group must have 4 or less digits", rest);
    if (digits === "") {
      return wrong("each colon-separated field must have at least one digit", rest);
    }
    if (rest[digits.length] === ".") {
      const problem = embeddedProblem(rest, { groups, ellipsis }, wrong);
      if (problem) return problem;
      groups += 2;
      rest = "";
      break;
    }
    groups++;
    rest = rest.slice(digits.length);
    if (rest === "") break;
    if (rest[0] !== ":") return wrong("unexpected character, want colon", rest);
    if (rest.length === 1) return wrong("colon must be followed by more characters", rest);
    rest = rest.slice(1);
    if (rest[0] !== ":") continue;
    if (ellipsis) return wrong("multiple :: in address", rest);
    ellipsis = true;
    rest = rest.slice(1);
    if (rest === "") break;
  }
  if (rest !== "") return wrong("trailing garbage after address", rest);
  if (groups < 8) return ellipsis ? undefined : wrong("address string too short");
  return ellipsis ? wrong("the :: must expand to at least one field of zeros") : undefined;
}

function embeddedProblem(
  rest: string,
  { groups, ellipsis }: { groups: number; ellipsis: boolean },
  wrong: Wrong,
): string | undefined {
  if (!ellipsis && groups !== 6) {
    return wrong("embedded IPv4 address must replace the final 2 fields of the address", rest);
  }
  if (groups > 6) {
    const why = "too many hex fields to fit an embedded IPv4 at the end of the address";
    return wrong(why, rest);
  }
  return ipv4Problem(rest, wrong);
}

function ipv4Problem(text: string, wrong: Wrong): string | undefined {
  let digits = "";
  let fields = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char >= "0" && char <= "9") {
      if (digits === "0") return wrong("IPv4 field has octet with leading zero");
      digits += char;
      if (Number(digits) > 255) return wrong("IPv4 field has value >255");
    } else if (char !== ".") return wrong("unexpected character", text.slice(i));
    else if (i === 0 || i === text.length - 1 || text[i - 1] === ".") {
      return wrong("IPv4 field must have at least one digit", text.slice(i));
    } else if (++fields > 3) return wrong("IPv4 address too long");
    else digits = "";
  }
  return fields < 3 ? wrong("IPv4 address too short") : undefined;
}

/** An address with a port, an IPv6 one in brackets. Source: golang/go src/net/ipsock.go (JoinHostPort). */
export function joinHostPort(host: string, port: number | string): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
