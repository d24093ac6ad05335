import fc from "fast-check";
import { expect } from "vitest";
import { knobLayout, packKnobs, unpackKnobs, type KnobLayout } from "../../src/adapter/knobTable.ts";
import { ShapeError } from "../../src/errors.ts";
import { dimension, float32Vector } from "../support/arbitraries.ts";
import { lawsOf } from "../support/lawsOf.ts";

type Knobs = readonly Float32Array[];

const anyKnobs: fc.Arbitrary<Knobs> = fc.array(dimension.chain(float32Vector), { minLength: 1, maxLength: 5 });
const tooth: Knobs = [Float32Array.of(1, 2, 3), Float32Array.of(4), Float32Array.of(5, 6)];

const modulesOf = (knobs: Knobs) => knobs.map(({ length }, m) => ({ moduleName: `module.${m}`, width: length }));
const layoutOf = (knobs: Knobs): KnobLayout => knobLayout(modulesOf(knobs));
const mapOf = (knobs: Knobs) => new Map(knobs.map((knob, m) => [`module.${m}`, knob]));

/** Rows packed without padding. */
const dense: typeof packKnobs = (layout, given) => {
  const values = [...given.values()].flatMap((knob) => Array.from(knob));
  return Float32Array.from(packKnobs(layout, given), (_, i) => values[i] ?? 0);
};

lawsOf("packKnobs", packKnobs, (law) => {
  law("lays each knob in its module's row, zero padded: table[m P + j] = knob_m[j]", {
    for: [anyKnobs],
    holds: (pack, knobs) => {
      const layout = layoutOf(knobs);
      const table = pack(layout, mapOf(knobs));
      expect(table.length).toBe(knobs.length * layout.P);
      knobs.forEach((knob, m) => {
        for (let j = 0; j < layout.P; j++) expect(table[m * layout.P + j] === (knob[j] ?? 0)).toBe(true);
      });
    },
    rejects: { "rows packed without padding": [dense, tooth] },
  });

  law("is invariant to the map's order: checkpoint order decides", {
    for: [anyKnobs],
    holds: (pack, knobs) => {
      const layout = layoutOf(knobs);
      expect(pack(layout, new Map([...mapOf(knobs)].reverse()))).toEqual(pack(layout, mapOf(knobs)));
    },
    rejects: {
      "map order for checkpoint order": [
        (layout, given) => {
          const widths = Int32Array.from(given.values(), ({ length }) => length);
          return packKnobs({ ...layout, moduleNames: [...given.keys()], widths }, given);
        },
        tooth,
      ],
    },
  });

  law("rejects a missing, a stray and a misfitting knob -> ShapeError", {
    for: [anyKnobs],
    holds: (pack, knobs) => {
      const layout = layoutOf(knobs);
      const [first, ...others] = mapOf(knobs);
      const tooLong = new Float32Array(first![1].length + 1);
      expect(() => pack(layout, new Map(others))).toThrow(ShapeError);
      expect(() => pack(layout, new Map([...others, [first![0], tooLong]]))).toThrow(ShapeError);
      expect(() => pack(layout, new Map([...mapOf(knobs), ["stray", Float32Array.of(1)]]))).toThrow(/stray/);
    },
    rejects: {
      "a table of zeros for anything": [({ moduleNames, P }) => new Float32Array(moduleNames.length * P), tooth],
    },
  });
});

lawsOf("unpackKnobs", unpackKnobs, (law) => {
  law("round-trips: unpack(pack(x)) = x", {
    for: [anyKnobs],
    holds: (unpack, knobs) => {
      const layout = layoutOf(knobs);
      expect([...unpack(layout, packKnobs(layout, mapOf(knobs)))]).toEqual([...mapOf(knobs)]);
    },
    rejects: {
      "rows taken as packed without padding": [
        ({ moduleNames, widths }, table) => {
          const starts = [...widths].map((_, m) => widths.subarray(0, m).reduce((sum, width) => sum + width, 0));
          const flat = Float32Array.from(table);
          return new Map(moduleNames.map((name, m) => [name, flat.slice(starts[m], starts[m]! + widths[m]!)]));
        },
        tooth,
      ],
      "padding kept on the way back": [
        (layout, table) => unpackKnobs({ ...layout, widths: layout.widths.map(() => layout.P) }, table),
        tooth,
      ],
    },
  });

  law("rejects a table of another size -> ShapeError", {
    for: [anyKnobs],
    holds: (unpack, knobs) => {
      const layout = layoutOf(knobs);
      expect(() => unpack(layout, new Float32Array(knobs.length * layout.P + 1))).toThrow(ShapeError);
    },
    rejects: { "no check": [(layout, table) => unpackKnobs(layout, Array.from(table).slice(1)), tooth] },
  });
});

lawsOf<(modules: readonly { readonly moduleName: string; readonly width: number }[]) => KnobLayout>(
  "knobLayout",
  knobLayout,
  (law) => {
    law("is as wide as the widest: P = max width", {
      for: [anyKnobs],
      holds: (layout, knobs) => expect(layout(modulesOf(knobs)).P).toBe(Math.max(...knobs.map(({ length }) => length))),
      rejects: {
        "the last one's width": [(modules) => ({ ...knobLayout(modules), P: modules.at(-1)!.width }), tooth],
      },
    });

    law("rejects no module, a repeated one and a width that is not a whole number >= 1 -> ShapeError", {
      for: [],
      holds: (layout) => {
        for (const modules of [
          [],
          [
            { moduleName: "a", width: 1 },
            { moduleName: "a", width: 2 },
          ],
          [{ moduleName: "a", width: 0 }],
          [{ moduleName: "a", width: 1.5 }],
        ])
          expect(() => layout(modules)).toThrow(ShapeError);
      },
      rejects: { "no check": [() => ({ moduleNames: [], widths: new Int32Array(), P: 0 })] },
    });
  },
);
