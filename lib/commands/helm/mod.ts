/**
 * helm in this process: repositories, releases and their history, on the charts that the lab brings.
 * It talks to the cluster through the API alone, and stores releases so that a stock helm reads them.
 *
 * @module
 */
export { helm } from "./helm.ts";
