import { expect } from "vitest";
import { readJson, writeJson } from "../../../src/artifact/jsonFile.ts";
import { ArtifactError } from "../../../src/errors.ts";
import { readBaseline, writeBaseline } from "../../../src/uat/regression/vHackBaseline.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { withTemporaryFile } from "../../support/temporaryFile.ts";
import { baseline } from "./baseline.ts";

lawsOf("readBaseline", readBaseline, (law) => {
  law("round-trips: read(write(x)) = x; rejects another schema -> ArtifactError", {
    for: [],
    holds: async (read) =>
      withTemporaryFile("baseline.json", async (path) => {
        await writeBaseline(path, baseline);
        expect(await read(path)).toEqual(baseline);
        await writeJson(path, { schema: "vhack-baseline-0" });
        await expect(read(path)).rejects.toThrow(ArtifactError);
      }),
    rejects: {
      "any file taken for this baseline": [() => Promise.resolve(baseline)],
      "the ends of the interval exchanged": [
        async (path) => {
          const read = await readBaseline(path);
          return { ...read, tLow: read.tHigh, tHigh: read.tLow };
        },
      ],
    },
  });

  law("needs every field, and an angle that leaves room: without one, or with 0 -> ArtifactError", {
    else: "a baseline that lost its bound or its reason is compared with as if it were whole",
    for: [],
    holds: async (read) =>
      withTemporaryFile("baseline.json", async (path) => {
        await writeBaseline(path, baseline);
        const written = Object.entries(Object(await readJson(path)));
        const without = written.map((_, left) => written.filter((_field, i) => i !== left));
        const broken = [
          ...without,
          [...written, ["largest_angle_degrees", 0]],
          [...written, ["provenance", { why: "" }]],
        ];
        for (const fields of broken) {
          await writeJson(path, Object.fromEntries(fields));
          await expect(read(path)).rejects.toThrow(ArtifactError);
        }
      }),
    rejects: {
      "any file taken for this baseline": [() => Promise.resolve(baseline)],
    },
  });
});
