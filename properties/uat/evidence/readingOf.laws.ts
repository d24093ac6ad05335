import { expect } from "vitest";
import { ArtifactError } from "../../../src/errors.ts";
import { readingOf } from "../../../src/uat/evidence/readingOf.ts";
import { lawsOf } from "../../support/lawsOf.ts";

const here = import.meta.filename;

/** The reading of a file that is there and whose reader throws. */
const failing = (read: typeof readingOf, cause: Error) => read(here, "vhack chain", () => Promise.reject(cause));

lawsOf("readingOf", readingOf, (law) => {
  law("reports what was read, that it cannot be used, or that it is missing, and then never reads", {
    else: "a broken file stops the report, or one that is absent is told as broken",
    for: [],
    holds: async (read) => {
      expect(await read(here, "vhack chain", (path) => Promise.resolve(path.length))).toEqual({
        kind: "found",
        path: here,
        value: here.length,
      });
      expect(await failing(read, new ArtifactError("cut short"))).toEqual({
        kind: "unusable",
        path: here,
        why: "cut short",
        command: "vhack chain",
      });
      const absent = `${here}.absent`;
      expect(await read(absent, "vhack chain", () => Promise.reject(new Error("read")))).toEqual({
        kind: "missing",
        path: absent,
        command: "vhack chain",
      });
    },
    rejects: {
      "a broken file told as absent": [
        async (...given) => {
          const reading = await readingOf(...given);
          return reading.kind === "unusable"
            ? { kind: "missing", path: reading.path, command: reading.command }
            : reading;
        },
      ],
    },
  });

  law("rejects with what this program did not foresee -> that very error", {
    else: "a mistake in this program is told to the researcher as a broken file",
    for: [],
    holds: async (read) => {
      const bug = new TypeError("undefined is not a function");
      await expect(failing(read, bug)).rejects.toBe(bug);
    },
    rejects: {
      "any error taken for a broken file": [
        async (path, command, reader) => {
          try {
            return await readingOf(path, command, reader);
          } catch (error) {
            return { kind: "unusable", path, why: String(error), command };
          }
        },
      ],
    },
  });
});
