/** Tells what was measured, where somebody asks for more than the gate does. */
export function figure(text: string): void {
  const asked = ["BOMBS", "KILLS", "DEATHS", "LINES"].some((name) => Deno.env.has(name));
  if (asked) Deno.stderr.writeSync(new TextEncoder().encode(`  # ${text}\n`));
}
