import fc from "fast-check";
import { expect } from "vitest";
import { z } from "zod";
import { diskShape, fromDisk, toDisk, type RecordOf } from "../../src/artifact/recordTable.ts";
import { lawsOf } from "../support/lawsOf.ts";

const table = {
  tLow: ["t_low", z.number()],
  why: ["why", z.string()],
  rows: ["n_rows", z.array(z.number()).optional()],
} as const;
type Small = RecordOf<typeof table>;
interface OnDisk {
  readonly t_low: number;
  readonly why: string;
  readonly n_rows?: number[] | undefined;
}
/** The two directions, as one unit. */
interface Mapping {
  readonly fromDisk: (onDisk: OnDisk) => object;
  readonly toDisk: (record: Small) => object;
}

const real: Mapping = {
  fromDisk: (onDisk) => fromDisk(table, onDisk),
  toDisk: (record) => toDisk(table, record),
};
const anyRecord: fc.Arbitrary<Small> = fc.record(
  { why: fc.string(), rows: fc.array(fc.nat()), tLow: fc.nat() },
  { requiredKeys: ["tLow", "why"], noNullPrototype: true },
);
const tooth: Small = { why: "w", rows: [1], tLow: 2 };
const shape = z.object(diskShape(table));

lawsOf<Mapping>("recordTable", real, (law) => {
  law("writes what it reads: fromDisk(parse(toDisk(x))) = x", {
    else: "a field is written under one name and read under another",
    for: [anyRecord],
    holds: (mapping, record) => expect(mapping.fromDisk(shape.parse(mapping.toDisk(record)))).toEqual(record),
    rejects: {
      "a field left out": [{ ...real, fromDisk: ({ t_low, why }) => ({ tLow: t_low, why }) }, tooth],
      "the names on disk in memory": [{ ...real, fromDisk: (onDisk) => onDisk }, tooth],
    },
  });

  law("writes the names on disk in the order of the table, whatever the order in memory, and no other name", {
    else: "the bytes of a file depend on how its record was put together",
    for: [anyRecord],
    holds: ({ toDisk }, record) =>
      expect(JSON.stringify(toDisk({ ...record, unknown: 1 } as Small))).toBe(
        JSON.stringify({ t_low: record.tLow, why: record.why, n_rows: record.rows }),
      ),
    rejects: {
      "the order in memory": [
        { ...real, toDisk: ({ why, rows, tLow }) => ({ why, n_rows: rows, t_low: tLow }) },
        { tLow: 2, why: "w" },
      ],
      "names that the table does not hold": [
        { ...real, toDisk: (record) => ({ ...toDisk(table, record), unknown: 1 }) },
        tooth,
      ],
    },
  });
});
