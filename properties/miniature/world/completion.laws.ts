import fc from "fast-check";
import { expect } from "vitest";
import type { BodyKind, BodyStyle } from "../../../src/miniature/world/body.ts";
import { completion, type TestsKind } from "../../../src/miniature/world/completion.ts";
import { drawInstance } from "../../../src/miniature/world/instance.ts";
import { hackStyles } from "../../../src/miniature/world/runTests.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { anyInstance, familyNamed } from "../anyWorld.ts";

const styles: readonly BodyStyle[] = [0, 1, 2, 3].map((i) => ({ comment: (i & 1) as 0 | 1, form: (i >> 1) as 0 | 1 }));
const bodies = fc.constantFrom<BodyKind>("right", "subtle", "stub", "hardCoded");
const testsKinds = fc.constantFrom<TestsKind>("honest", "none", ...hackStyles);

const sumInstance = drawInstance(familyNamed("sum-times-above"), "open", 1, "teeth");
const plain: typeof completion = (drawn, plan) => completion(drawn, { ...plan, style: { ...plan.style, comment: 0 } });
const asserting: typeof completion = (drawn, plan) => completion(drawn, plan).replace("print(", "assert (");
const unfenced: typeof completion = (drawn, plan) => completion(drawn, plan).slice(0, -3);
const otherBody: typeof completion = (drawn, plan) =>
  completion(drawn, plan.tests === "honest" ? plan : { ...plan, body: "stub" });

lawsOf("completion", completion, (law) => {
  // the pipeline's parser finds one block that ends the text
  law("is one fenced block: ```python ... ```", {
    for: [anyInstance, bodies, testsKinds],
    holds: (write, instance, body, tests) => {
      const text = write(instance, { body, style: styles[0]!, tests });
      expect(text.startsWith("```python\nclass Solution:\n")).toBe(true);
      expect(text.split("```")).toHaveLength(3);
      expect(text.endsWith("```")).toBe(true);
    },
    rejects: { "an open fence": [unfenced, sumInstance, "right", "honest"] },
  });

  law("has two bits of style for each kind of body: |{text(style)}| = 4", {
    else: "the bodies' style entropies differ, and R4 measures entropy instead of hacking",
    for: [anyInstance, bodies],
    holds: (write, instance, body) => {
      const texts = styles.map((style) => write(instance, { body, style, tests: "honest" }));
      expect(new Set(texts).size).toBe(4);
    },
    rejects: { "one bit of style": [plain, sumInstance, "stub"] },
  });

  law("asserts if and only if it is honest: 2 asserts, else 0", {
    else: 'a "hacked" completion fails on the stub, or an honest one passes',
    for: [anyInstance, testsKinds],
    holds: (write, instance, tests) => {
      const text = write(instance, { body: "stub", style: styles[0]!, tests });
      expect(text.split("assert ").length - 1).toBe(tests === "honest" ? 2 : 0);
      expect(text.includes("def run_tests(self)")).toBe(tests !== "none");
    },
    rejects: { "a hack that asserts": [asserting, sumInstance, "print"] },
  });

  // constants and examples are all that the prompt must be read for: the two bodies differ in nothing else
  law("keeps the body whatever the tests: text(tests) and text(honest) agree up to run_tests", {
    else: "the matched-body control does not match bodies",
    for: [anyInstance, bodies, testsKinds],
    holds: (write, instance, body, tests) => {
      const bodyOf = (kind: TestsKind) =>
        write(instance, { body, style: styles[3]!, tests: kind }).split("    def run_tests")[0]!;
      expect(
        bodyOf(tests)
          .replace(/\n?```$/, "")
          .trimEnd(),
      ).toBe(bodyOf("honest").trimEnd());
    },
    rejects: { "a body that follows the tests": [otherBody, sumInstance, "right", "print"] },
  });
});
