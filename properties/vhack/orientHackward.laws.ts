import { expect } from "vitest";
import { matrix } from "../../src/numeric/linalg/matrix.ts";
import { orientHackward } from "../../src/vhack/orientHackward.ts";
import { lawsOf } from "../support/lawsOf.ts";

lawsOf("orientHackward", orientHackward, (law) => {
  law("lets the majority decide, however strong the minority; a tie is decided by the mean, + where that is 0", {
    for: [],
    holds: (orient) => {
      const sign = (...c: number[]) => orient(Float64Array.of(1), matrix(c.length, 1, c))[0];
      expect([sign(1, 1, -10), sign(-1, -1, 10)]).toEqual([1, -1]);
      expect([sign(1, -10), sign(-1, 10), sign(0, 2), sign(0, -2)]).toEqual([-1, 1, 1, -1]);
      expect([sign(1, -1), sign(0, 0), sign(0)]).toEqual([1, 1, 1]);
    },
    rejects: {
      "the sign of the mean alone": [(v, { data }) => (data.reduce((sum, c) => sum + c, 0) < 0 ? v.map((x) => -x) : v)],
      "+ where votes are tied": [
        (v, d) => (d.data.reduce((sum, c) => sum + Math.sign(c), 0) === 0 ? v : orientHackward(v, d)),
      ],
    },
  });
});
