/**
 * The kubelets: they run the pods of their nodes with simulated programs, as the real ones would with
 * containerd, and tell the API how it goes.
 *
 * @module
 */
export { type KubeletOptions, type Kubelets, startKubelets } from "./kubelets.ts";
