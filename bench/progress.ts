/** Tells people what is being measured. */
export function progress(what: string): void {
  process.stderr.write(`measuring: ${what}\n`);
}
