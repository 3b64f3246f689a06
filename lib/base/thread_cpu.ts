import process from "node:process";

type Usage = () => { user: number; system: number };

/**
 * The CPU time that this thread has used, in milliseconds; the wall's where nobody tells. It costs some microseconds to
 * ask, and comes in steps of the kernel's, of 10 ms on some.
 */
export const threadCpuMs: () => number = (() => {
  const usage = (process as unknown as { threadCpuUsage?: Usage }).threadCpuUsage;
  const measured = () => {
    const { user, system } = usage!.call(process);
    return (user + system) / 1000;
  };
  try {
    measured();
    return measured;
  } catch {
    return () => performance.now();
  }
})();
