/**
 * Go's library, and what upstream's programs lean on beside it, where their words, orders and limits show: regular
 * expressions in linear time, text/template, fmt, floats, sorting, tables, URLs, YAML, JSON, durations, quoting, HTTP's
 * words, command lines, archives, cron schedules. Each is here once.
 *
 * @module
 */
export * from "./bytes.ts";
export * from "./calendar.ts";
export * from "./cron.ts";
export * from "./durations.ts";
export * from "./floats.ts";
export * from "./fmt.ts";
export * from "./go_types.ts";
export { escapeHtml } from "./html.ts";
export * from "./http_headers.ts";
export * from "./http_status.ts";
export { ipv6Problem, joinHostPort } from "./ip.ts";
export * from "./json.ts";
export * from "./json_decode.ts";
export * from "./json_write.ts";
export { toKyaml } from "./kyaml.ts";
export * from "./pflag.ts";
export * from "./zone.ts";
export { CONTROL_LETTERS, isPrint, quote, unquote } from "./quote.ts";
export * from "./maps.ts";
export * from "./regexp.ts";
export * from "./sort.ts";
export * from "./strconv.ts";
export * from "./tabwriter.ts";
export * from "./tar.ts";
export * from "./template.ts";
export * from "./text.ts";
export * from "./time.ts";
export * from "./url.ts";
export * from "./utf8.ts";
export * from "./yaml.ts";
export * from "./yaml_decode.ts";
export { toYaml, type YamlStyle } from "./yaml_write.ts";
