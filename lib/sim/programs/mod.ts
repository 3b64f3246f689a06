/**
 * What runs in the simulated containers: a folder for each program, and the registry of the images that hold them.
 *
 * @module
 */
export { imagesByUse, type ImageUse, registry } from "./registry.ts";
