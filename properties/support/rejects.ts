import { expect } from "vitest";

/** A law, given a wrong implementation, must fail on an assertion (a crash of the mutant itself proves nothing). */
export async function rejects(law: () => void | Promise<void>): Promise<void> {
  let failure: unknown = null;
  try {
    await law();
  } catch (thrown) {
    failure = thrown;
  }
  expect(
    failure instanceof Error && failure.name === "AssertionError",
    `the law let the mutant pass, or it crashed: ${String(failure)}`,
  ).toBe(true);
}
