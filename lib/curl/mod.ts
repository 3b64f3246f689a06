/**
 * `curl`: its options, requests, words and exit codes, once. Who calls it brings the way to servers and files: on the
 * learner's host or in a container, at once or later (a {@linkcode CurlHost} of generators). Also how it and wget read
 * an address.
 *
 * @module
 */
export * from "./address.ts";
export { curl } from "./curl.ts";
export * from "./host.ts";
export { CURL_OPTIONS } from "./options.ts";
