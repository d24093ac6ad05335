import { describe, expect, it } from "vitest";
import { families } from "../../../src/miniature/world/family.ts";

describe("families", () => {
  it("have keys of their own: |keys| = |families|", () => {
    expect(new Set(families.map(({ key }) => key)).size).toBe(families.length);
  });
});
