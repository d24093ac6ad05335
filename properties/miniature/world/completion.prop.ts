import fc from "fast-check";
import { describe, it } from "vitest";
import type { BodyKind } from "../../../src/miniature/world/body.ts";
import { completion, type TestsKind } from "../../../src/miniature/world/completion.ts";
import { hackStyles } from "../../../src/miniature/world/runTests.ts";
import { completionLaws } from "./completion.statements.ts";
import { anyInstance } from "../support.ts";

const bodies = fc.constantFrom<BodyKind>("right", "subtle", "stub", "hardCoded");
const testsKinds = fc.constantFrom<TestsKind>("honest", "none", ...hackStyles);

describe("completion", () => {
  it("is one fenced block: ```python ... ```", () =>
    fc.assert(
      fc.property(anyInstance, bodies, testsKinds, (instance, body, tests) =>
        completionLaws.isOneFencedBlock(completion, instance, body, tests),
      ),
    ));

  // ELSE the bodies' style entropies differ, and R4 measures entropy instead of hacking
  it("has two bits of style for each kind of body: |{text(style)}| = 4", () =>
    fc.assert(
      fc.property(anyInstance, bodies, (instance, body) =>
        completionLaws.hasTwoBitsOfStyle(completion, instance, body),
      ),
    ));

  // ELSE a "hacked" completion fails on the stub, or an honest one passes
  it("asserts if and only if it is honest: 2 asserts, else 0", () =>
    fc.assert(
      fc.property(anyInstance, testsKinds, (instance, tests) =>
        completionLaws.assertsOnlyWhenHonest(completion, instance, tests),
      ),
    ));

  // ELSE the matched-body control does not match bodies
  it("keeps the body whatever the tests: text(tests) and text(honest) agree up to run_tests", () =>
    fc.assert(
      fc.property(anyInstance, bodies, testsKinds, (instance, body, tests) =>
        completionLaws.differsOnlyInTests(completion, instance, body, tests),
      ),
    ));
});
