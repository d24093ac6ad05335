import fc from "fast-check";
import { expect } from "vitest";
import { rowsByKey } from "../../src/numeric/rowsByKey.ts";
import { lawsOf } from "../support/lawsOf.ts";

type Key = string | number;

lawsOf<(keys: readonly Key[]) => Map<Key, number[]>>("rowsByKey", rowsByKey, (law) => {
  law("partitions the rows: every row once, under its key, rows ascending, keys by first appearance", {
    for: [fc.array(fc.constantFrom<Key>("a", "b", 1, "1"))],
    holds: (group, keys) => {
      const groups = group(keys);
      expect([...groups.keys()]).toEqual([...new Set(keys)]);
      expect([...groups.values()].flat().toSorted((a, b) => a - b)).toEqual(keys.map((_, row) => row));
      for (const rows of groups.values()) expect(rows).toEqual(rows.toSorted((a, b) => a - b));
      for (const [key, rows] of groups) for (const row of rows) expect(keys[row]).toBe(key);
    },
    rejects: {
      "keys that are compared as text": [(keys) => rowsByKey(keys.map(String)), [1, "1"]],
      "the last row of each key alone": [(keys) => new Map(keys.map((key, row) => [key, [row]])), ["a", "a"]],
    },
  });
});
