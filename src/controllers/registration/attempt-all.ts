/** Does something for each item, also after one failed; then throws the first failure. */
export async function attemptAll<T>(
  items: Iterable<T>,
  attempt: (item: T) => Promise<unknown>,
): Promise<void> {
  const failures: unknown[] = [];
  for (const item of items) {
    try {
      await attempt(item);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
