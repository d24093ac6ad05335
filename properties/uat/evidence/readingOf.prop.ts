import { describe, expect, it } from "vitest";
import { ArtifactError } from "../../../src/errors.ts";
import { readingOf } from "../../../src/uat/evidence/readingOf.ts";

const here = import.meta.filename;
const failing = (cause: Error) => readingOf(here, "vhack chain", () => Promise.reject(cause));

describe("readingOf", () => {
  // ELSE a broken file stops the report, or one that is absent is told as broken
  it("reports what was read, that it cannot be used, or that it is missing, and then never reads", async () => {
    expect(await readingOf(here, "vhack chain", (path) => Promise.resolve(path.length))).toEqual({
      kind: "found",
      path: here,
      value: here.length,
    });
    expect(await failing(new ArtifactError("cut short"))).toEqual({
      kind: "unusable",
      path: here,
      why: "cut short",
      command: "vhack chain",
    });
    const absent = `${here}.absent`;
    expect(await readingOf(absent, "vhack chain", () => Promise.reject(new Error("read")))).toEqual({
      kind: "missing",
      path: absent,
      command: "vhack chain",
    });
  });

  // ELSE a mistake in this program is told to the researcher as a broken file
  it("rejects with what this program did not foresee -> that very error", async () => {
    const bug = new TypeError("undefined is not a function");
    await expect(failing(bug)).rejects.toBe(bug);
  });
});
