import { expect } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { knobLayout, type KnobLayout } from "../../src/adapter/knobTable.ts";

type Pack = (layout: KnobLayout, knobs: ReadonlyMap<string, ArrayLike<number>>) => Float32Array;
type Unpack = (layout: KnobLayout, table: ArrayLike<number>) => Map<string, Float32Array>;

export type Knobs = readonly Float32Array[];

export const layoutOf = (knobs: Knobs): KnobLayout =>
  knobLayout(knobs.map(({ length }, m) => ({ moduleName: `module.${m}`, width: length })));
export const mapOf = (knobs: Knobs): Map<string, Float32Array> =>
  new Map(knobs.map((knob, m) => [`module.${m}`, knob]));

/** Laws of the knob table, for the real functions and for their mutants. */
export const knobTableLaws = {
  roundTrips(pack: Pack, unpack: Unpack, knobs: Knobs): void {
    const layout = layoutOf(knobs);
    expect([...unpack(layout, pack(layout, mapOf(knobs)))]).toEqual([...mapOf(knobs)]);
  },

  placesRows(pack: Pack, knobs: Knobs): void {
    const layout = layoutOf(knobs);
    const table = pack(layout, mapOf(knobs));
    expect(table.length).toBe(knobs.length * layout.P);
    knobs.forEach((knob, m) => {
      for (let j = 0; j < layout.P; j++) expect(table[m * layout.P + j] === (knob[j] ?? 0)).toBe(true);
    });
  },

  ignoresMapOrder(pack: Pack, knobs: Knobs): void {
    const layout = layoutOf(knobs);
    expect(pack(layout, new Map([...mapOf(knobs)].reverse()))).toEqual(pack(layout, mapOf(knobs)));
  },

  rejectsMisfit(pack: Pack, knobs: Knobs): void {
    const layout = layoutOf(knobs);
    const [first, ...others] = mapOf(knobs);
    expect(() => pack(layout, new Map(others))).toThrow(ShapeError);
    expect(() => pack(layout, new Map([...others, [first![0], new Float32Array(first![1].length + 1)]]))).toThrow(
      ShapeError,
    );
    expect(() => pack(layout, new Map([...mapOf(knobs), ["stray", Float32Array.of(1)]]))).toThrow(/stray/);
  },
};
