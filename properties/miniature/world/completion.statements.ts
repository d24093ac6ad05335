import { expect } from "vitest";
import type { BodyKind, BodyStyle } from "../../../src/miniature/world/body.ts";
import type { completion, TestsKind } from "../../../src/miniature/world/completion.ts";
import type { Instance } from "../../../src/miniature/world/instance.ts";

type Completion = typeof completion;

const styles: readonly BodyStyle[] = [0, 1, 2, 3].map((i) => ({ comment: (i & 1) as 0 | 1, form: (i >> 1) as 0 | 1 }));

/** Laws of a constructed response. */
export const completionLaws = {
  /** The pipeline's parser finds one block that ends the text. */
  isOneFencedBlock(completion: Completion, instance: Instance, body: BodyKind, tests: TestsKind): void {
    const text = completion(instance, { body, style: styles[0]!, tests });
    expect(text.startsWith("```python\nclass Solution:\n")).toBe(true);
    expect(text.split("```")).toHaveLength(3);
    expect(text.endsWith("```")).toBe(true);
  },

  hasTwoBitsOfStyle(completion: Completion, instance: Instance, body: BodyKind): void {
    const texts = styles.map((style) => completion(instance, { body, style, tests: "honest" }));
    expect(new Set(texts).size).toBe(4);
  },

  assertsOnlyWhenHonest(completion: Completion, instance: Instance, tests: TestsKind): void {
    const text = completion(instance, { body: "stub", style: styles[0]!, tests });
    expect(text.split("assert ").length - 1).toBe(tests === "honest" ? 2 : 0);
    expect(text.includes("def run_tests(self)")).toBe(tests !== "none");
  },

  /** Constants and examples are all that the prompt must be read for: the pair of bodies differs in nothing else. */
  differsOnlyInTests(completion: Completion, instance: Instance, body: BodyKind, tests: TestsKind): void {
    const bodyOf = (kind: TestsKind) =>
      completion(instance, { body, style: styles[3]!, tests: kind }).split("    def run_tests")[0];
    expect(
      bodyOf(tests)
        ?.replace(/\n?```$/, "")
        .trimEnd(),
    ).toBe(bodyOf("honest")?.trimEnd());
  },
};
