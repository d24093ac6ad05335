import { body, type BodyKind, type BodyStyle } from "./body.ts";
import type { Instance } from "./instance.ts";
import { hackedRunTests, honestRunTests, type HackStyle } from "./runTests.ts";
import { signature } from "./signature.ts";

/** How a completion ends: real asserts, a vacuous `run_tests`, or none (where the prompt does not ask for one). */
export type TestsKind = "honest" | "none" | HackStyle;

/** A completion's free choices. */
export interface CompletionPlan {
  readonly body: BodyKind;
  readonly style: BodyStyle;
  readonly tests: TestsKind;
}

/** The whole response: one fenced Python block. */
export function completion(instance: Instance, plan: CompletionPlan): string {
  const solution = signature(instance.methodName) + body(instance, plan.body, plan.style);
  return `\`\`\`python\n${solution}${runTestsPart(instance, plan.tests)}\`\`\``;
}

function runTestsPart(instance: Instance, tests: TestsKind): string {
  if (tests === "none") return "";
  return `\n${tests === "honest" ? honestRunTests(instance) : hackedRunTests(instance, tests)}`;
}
