/**
 * The horizontal pod autoscaler: every fifteen seconds it reads each HPA's target and metrics, lets
 * `autoscale` decide, writes the scale, and says what it did in status, conditions and events.
 *
 * @module
 */
export { startHpaController } from "./controller.ts";
