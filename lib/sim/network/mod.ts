/**
 * The virtual network: pod, node and Service addresses, cluster DNS, and the way kube-proxy sends a
 * connection. It carries requests between programs synchronously and fails with Go's own texts.
 *
 * @module
 */
export { VirtualNetwork } from "./virtual_network.ts";
