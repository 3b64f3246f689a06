/**
 * What images hold besides their main program: a POSIX shell and the tools of busybox, GNU and curl,
 * on the virtual clock and the virtual network. A script sees its container's files, environment and
 * network, and nothing else; it sleeps, waits and reads in virtual time, and takes nothing from the
 * machine below.
 *
 * @module
 */
export { type UserlandContainer, withUserland } from "./container.ts";
export { Glob } from "./glob.ts";
