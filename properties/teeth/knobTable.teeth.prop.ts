import { describe, it } from "vitest";
import { packKnobs, unpackKnobs, type KnobLayout } from "../../src/adapter/knobTable.ts";
import { knobTableLaws } from "../adapter/knobTable.statements.ts";
import { rejects } from "../support/rejects.ts";

const knobs = [Float32Array.of(1, 2, 3), Float32Array.of(4), Float32Array.of(5, 6)];

describe("teeth: knobTable", () => {
  it("the map's order ignored rejects: map order for checkpoint order; places rejects: rows packed without padding; misfits rejects: a table of zeros for anything; the round trip rejects: rows packed without padding, padding kept on the way back", async () => {
    const byMapOrder = (layout: KnobLayout, given: ReadonlyMap<string, ArrayLike<number>>) =>
      packKnobs(
        { ...layout, moduleNames: [...given.keys()], widths: Int32Array.from(given.values(), ({ length }) => length) },
        given,
      );
    await rejects(() => knobTableLaws.ignoresMapOrder(byMapOrder, knobs));
    const dense = (layout: KnobLayout, given: ReadonlyMap<string, ArrayLike<number>>) => {
      const values = [...given.values()].flatMap((knob) => Array.from(knob));
      return Float32Array.from(packKnobs(layout, given), (_, i) => values[i] ?? 0);
    };
    await rejects(() => knobTableLaws.placesRows(dense, knobs));
    await rejects(() => knobTableLaws.roundTrips(dense, unpackKnobs, knobs));
    const careless = (layout: KnobLayout) => new Float32Array(layout.moduleNames.length * layout.P);
    await rejects(() => knobTableLaws.rejectsMisfit(careless, knobs));
    const withPadding = (layout: KnobLayout, table: ArrayLike<number>) =>
      unpackKnobs({ ...layout, widths: layout.widths.map(() => layout.P) }, table);
    await rejects(() => knobTableLaws.roundTrips(packKnobs, withPadding, knobs));
  });
});
