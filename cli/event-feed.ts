/** Filled in once the consumer of the platform can be used without a database. */
export async function followEvents(_stack: unknown): Promise<void> {
  await Promise.resolve();
}
