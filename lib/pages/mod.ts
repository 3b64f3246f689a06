/**
 * What is looked at in a browser: the lab's own page, on a port of its own. It shows the way of a metric, an HPA's past
 * with the sum of each decision, pods, nodes and the open step, and changes nothing. What is shown is worked out while
 * somebody has the page open, and no more often than costs the lab little.
 *
 * @module
 */
export { openLabPage } from "./lab_page.ts";
