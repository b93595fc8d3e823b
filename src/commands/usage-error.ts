/** The user asked for something that cannot be; the message says how to mend it. Ends the program with exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
