import fc from "fast-check";
import { expect } from "vitest";
import { matrix } from "../../../src/numeric/linalg/matrix.ts";
import { principalAngles } from "../../../src/numeric/linalg/principalAngles.ts";
import { orthonormalRows } from "../../support/arbitraries.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { expectWithin, unitRoundoff64 } from "../../support/tolerance.ts";

const anyAngle = fc.oneof(fc.double({ min: 0, max: 1.5, noNaN: true }), fc.constantFrom(1e-9, 1e-12));
const span = fc.tuple(fc.integer({ min: 0, max: 3 }), orthonormalRows(5, 5));
const e = (r: number, j: number) => Array.from({ length: r }, (_, i) => Number(i === j));

lawsOf("principalAngles", principalAngles, (law) => {
  law("bounds: 0 <= angle <= pi/2, ascending, as many as the smaller span has rows", {
    for: [span, span],
    holds: (anglesOf, [k, a], [l, b]) => {
      const top = (rows: number, { data }: { data: Float64Array }) => matrix(rows, 5, data.slice(0, rows * 5));
      const angles = anglesOf(top(k, a), top(l, b));
      expect(angles.length).toBe(Math.min(k, l));
      expect(angles.every((angle, i) => angle >= (angles[i - 1] ?? 0) && angle <= Math.PI / 2)).toBe(true);
    },
    rejects: {
      "descending angles": [
        (a, b) => principalAngles(a, b).toReversed(),
        [2, matrix(5, 5, [...e(5, 0), ...e(5, 1), ...e(5, 2), ...e(5, 3), ...e(5, 4)])],
        [2, matrix(5, 5, [...e(5, 0), ...e(5, 2), ...e(5, 1), ...e(5, 3), ...e(5, 4)])],
      ],
    },
  });

  law("measures a line against a plane and a plane against a line: the angle that the line makes with the plane", {
    for: [anyAngle],
    holds: (anglesOf, angle) => {
      const plane = matrix(2, 4, [1, 0, 0, 0, 0, 1, 0, 0]);
      const line = matrix(1, 4, [0, Math.cos(angle), 0, Math.sin(angle)]);
      for (const found of [anglesOf(plane, line), anglesOf(line, plane)]) {
        expect(found.length).toBe(1);
        expectWithin(found[0]!, angle, 64 * unitRoundoff64 * (1 + angle), "the angle between them");
      }
    },
    rejects: {
      "the angle to the plane's first row": [
        (a, b) => principalAngles(matrix(1, 4, a.data.slice(0, 4)), matrix(1, 4, b.data.slice(0, 4))),
        0.5,
      ],
      "the arc cosine": [(a, b) => principalAngles(a, b).map((x) => Math.acos(Math.min(1, Math.cos(x)))), 1e-9],
    },
  });
});
