/**
 * A Prometheus as whoever asks it sees it: the questions of its HTTP API, over whatever way leads there, and its
 * answers as data. Everything outside the simulated cluster that reads a Prometheus reads it through here.
 *
 * @module
 */
export * from "./prometheus_api.ts";
