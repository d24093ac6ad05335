import fc from "fast-check";
import { expect } from "vitest";
import { textTable, wrap } from "../../src/report/textTable.ts";
import { lawsOf } from "../support/lawsOf.ts";

const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { maxLength: 20 });
const cell = fc.stringMatching(/^[a-z0-9]{1,9}$/);
const threeColumns = fc.array(fc.tuple(cell, cell, cell), { maxLength: 5 });

lawsOf("wrap", wrap, (law) => {
  law("conserves the words and bounds the lines, longer words alone", {
    for: [words, fc.integer({ min: 1, max: 30 })],
    holds: (wrap, words, width) => {
      const lines = wrap(words.join(" "), width);
      expect(lines.join(" ")).toBe(words.join(" "));
      for (const line of lines) expect(line.length <= width || !line.includes(" ")).toBe(true);
    },
    rejects: {
      "lines cut at the width": [
        (text, width) => text.match(new RegExp(`.{1,${width}}`, "g")) ?? [""],
        ["ab", "cd"],
        3,
      ],
      "one line": [(text) => [text], ["ab", "cd"], 3],
    },
  });
});

lawsOf("textTable", textTable, (law) => {
  law("holds every cell in its row, columns aligned: the first to the left, the others to the right", {
    else: "a figure is read in another figure's column",
    for: [threeColumns],
    holds: (textTable, rows) => {
      const head = ["name", "a", "b"];
      const [first, rule, ...lines] = textTable(head, rows).split("\n");
      const all = [first!, ...lines];
      expect(all.map((line) => line.split(/ +/))).toEqual([head, ...rows]);
      expect(new Set(all.map((line) => line.length)).size).toBe(1);
      expect(rule).toBe("-".repeat(first!.length));
    },
    rejects: {
      "the last row left out": [(head, rows) => textTable(head, rows.slice(1)), [["x", "1", "2"]]],
      "cells as long as they are": [
        (head, rows) => [head, ["----------"], ...rows].map((row) => row.join("  ")).join("\n"),
        [["longer", "1", "2"]],
      ],
    },
  });
});
