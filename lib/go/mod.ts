/**
 * Go's library, and what upstream's programs lean on beside it, where their words, orders and limits show: regular
 * expressions in linear time, URLs, YAML, JSON, durations, quoting, HTTP's words, cron schedules. Each is here once.
 *
 * @module
 */
export * from "./cron.ts";
export * from "./durations.ts";
export * from "./http_headers.ts";
export * from "./http_status.ts";
export { ipv6Problem } from "./ip.ts";
export * from "./json.ts";
export { goQuoted } from "./quote.ts";
export * from "./regexp.ts";
export * from "./text.ts";
export * from "./url.ts";
export * from "./utf8.ts";
export * from "./yaml.ts";
