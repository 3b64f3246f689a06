/**
 * Small stand-ins for the API and a container, for tests of one part at a time. They keep only the
 * promises that those parts rely on; the integration tests run against the real ones.
 *
 * @module
 */
export * from "./fake_api.ts";
export * from "./fake_container.ts";
export * from "./memory_state.ts";
