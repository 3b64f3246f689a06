/*
 * Times as Go prints them, in UTC. Source: golang/go src/time/format.go.
 */

/** `2006-01-02T15:04:05Z`, of milliseconds since the epoch: what RFC 3339 and metav1.Time say. */
export function rfc3339(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}

/** `2006-01-02T15:04:05.000000Z`: metav1.MicroTime, as leases and events have it. */
export function microTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 23)}000Z`;
}

/** `time.RFC1123Z`: `Mon, 02 Jan 2006 15:04:05 +0000`; Go's zero for none. */
export function rfc1123z(timestamp: string | null | undefined): string {
  if (!timestamp) return "Mon, 01 Jan 0001 00:00:00 +0000";
  return new Date(timestamp).toUTCString().replace("GMT", "+0000");
}

/** `time.ANSIC`: `Mon Jan _2 15:04:05 2006`. */
export function ansicTime(timestamp: string): string {
  const [day, date, month, year, clock] = new Date(timestamp).toUTCString().split(/,? /);
  return `${day} ${month} ${date.replace(/^0/, " ")} ${clock} ${year}`;
}

/** `Time.String()`: `2006-01-02 15:04:05.999999999 +0000 UTC`. */
export function goTime(timestamp: string): string {
  const match = /^(.{10})T(.{8})(\.\d*?)?0*(?:Z|\+00:00)$/.exec(timestamp);
  if (!match) return new Date(timestamp).toISOString();
  const fraction = match[3] === "." || !match[3] ? "" : match[3];
  return `${match[1]} ${match[2]}${fraction} +0000 UTC`;
}

/** `2026/11/24 03:00:00`, as Go's log package begins a line. Source: golang/go src/log/log.go (LstdFlags). */
export function goLogTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ").replaceAll("-", "/");
}

/** `24/Nov/2026:03:00:00 +0000`, as web servers write the time of a request in UTC. */
export function commonLogTime(ms: number): string {
  const [, day, month, year] = new Date(ms).toUTCString().split(" ");
  return `${day}/${month}/${year}:${new Date(ms).toISOString().slice(11, 19)} +0000`;
}
