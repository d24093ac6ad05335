import { describe, it } from "vitest";
import { pythonEquals } from "../../src/sandbox/pythonEquals.ts";
import { readMarshalValue } from "../../src/sandbox/marshalValue.ts";
import type { PythonValue } from "../../src/sandbox/pythonValue.ts";
import { marshalValueLaws } from "../sandbox/marshalValue.statements.ts";
import { pythonEqualsLaws } from "../sandbox/pythonEquals.statements.ts";
import { type Inspect, inspectionsLaws } from "../sandbox/inspections.statements.ts";
import { parseResponseLaws } from "../environment/parseResponse.statements.ts";
import { rejects } from "../support/rejects.ts";

type Equals = typeof pythonEquals;

const one: PythonValue = { type: "int", value: 1n };
const nan: PythonValue = { type: "float", value: Number.NaN };
const text = (value: PythonValue): string =>
  JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? String(item) : item));

const asNumbers: Equals = (a, b) =>
  "value" in a && "value" in b ? Number(a.value) === Number(b.value) : pythonEquals(a, b);
const byType: Equals = (a, b) => a.type === b.type && pythonEquals(a, b);
const bySpelling: Equals = (a, b) => text(a) === text(b);
const sequencesAlike: Equals = (a, b) =>
  "items" in a && "items" in b
    ? pythonEquals({ type: "list", items: a.items }, { type: "list", items: b.items })
    : pythonEquals(a, b);
const shallow: Equals = (a, b) =>
  "items" in a && "items" in b ? a.type === b.type && a.items.length === b.items.length : pythonEquals(a, b);
const prefix: Equals = (a, b) =>
  "items" in a && "items" in b
    ? a.type === b.type && a.items.every((item, i) => pythonEquals(item, b.items[i] ?? item))
    : pythonEquals(a, b);
const keysAsText: Equals = (a, b) => {
  if (a.type !== "dict" || b.type !== "dict") return pythonEquals(a, b);
  return (
    text({ type: "list", items: a.entries.flat() }).replaceAll(/"type":"\w+"|"utf8"|"value"|"/g, "") ===
    text({ type: "list", items: b.entries.flat() }).replaceAll(/"type":"\w+"|"utf8"|"value"|"/g, "")
  );
};

describe("teeth: pythonEquals", () => {
  it("exactness rejects: integers compared as floats", () =>
    rejects(() => pythonEqualsLaws.isExactOnIntegers(asNumbers, 2n ** 53n, 2n ** 53n + 1n)));
  it("the number tower rejects: comparison as floats, comparison by type", async () => {
    await rejects(() => pythonEqualsLaws.comparesAcrossNumbers(asNumbers, 2n ** 53n + 1n, 2 ** 53));
    await rejects(() => pythonEqualsLaws.comparesAcrossNumbers(byType, 1n, 1));
    await rejects(() => pythonEqualsLaws.boolsAreNumbers(byType, true, 1n));
  });
  it("reflexivity rejects: NaN equal to itself", () =>
    rejects(() => pythonEqualsLaws.isReflexiveButForNaN(bySpelling, nan)));
  it("list and tuple rejects: sequences that are all alike", () =>
    rejects(() => pythonEqualsLaws.tellsListFromTuple(sequencesAlike, [one])));
  it("containers rejects: lengths only, prefixes", async () => {
    await rejects(() => pythonEqualsLaws.goesIntoContainers(shallow, one, nan));
    await rejects(() => pythonEqualsLaws.goesIntoContainers(prefix, one, one));
  });
  it("key order and key types rejects: comparison by spelling", async () => {
    await rejects(() =>
      pythonEqualsLaws.ignoresTheOrderOfKeys(bySpelling, {
        type: "dict",
        entries: [
          [one, one],
          [{ type: "none" }, one],
        ],
      }),
    );
    await rejects(() => pythonEqualsLaws.tellsKeysApart(keysAsText, "a"));
  });
  it("symmetry rejects: a one-sided rule", () =>
    rejects(() => pythonEqualsLaws.isSymmetric((a) => a.type === "int", one, nan)));
});

describe("teeth: readMarshalValue", () => {
  const lenient: typeof readMarshalValue = (bytes) => readMarshalValue(bytes) ?? { type: "none" };
  it("refusals rejects: a reader that makes None of what it cannot read", async () => {
    await rejects(() => marshalValueLaws.refusesWhatIsCutShort(lenient, one, 0.5));
    await rejects(() => marshalValueLaws.refusesTrailingBytes(lenient, one));
    await rejects(() => marshalValueLaws.bounds(lenient, 2001));
  });
  it("the round trip rejects: integers of 32 bits only", () =>
    rejects(() =>
      marshalValueLaws.readsWhatMarshalWrites((bytes) => (bytes[0] === 0x6c ? null : readMarshalValue(bytes)), {
        type: "int",
        value: 2n ** 40n,
      }),
    ));
  it("survival rejects: a reader that answers undefined", () =>
    rejects(() => marshalValueLaws.survivesAnything(() => JSON.parse('{"type": 1}'), Buffer.from("N"))));
});

const good = { code: "x = 1", says: { canCompile: true, runTests: null } };
const bad = { code: "x =", says: { canCompile: false, runTests: null } };
/** Compiles as in one process: what a text leaves there is there for the next. */
const inOneProcess = (leaves: (left: boolean, compiles: boolean) => boolean): Inspect => {
  let left = true;
  return async (code) => ({ canCompile: (left = leaves(left, code === good.code)), runTests: null });
};

describe("teeth: inspections of PyodideExecutor", () => {
  it("each alone rejects: an interpreter that stays down, the answer of the text before", async () => {
    await rejects(() =>
      inspectionsLaws.answersEachAlone(
        inOneProcess((up, compiles) => up && compiles),
        [good, bad, good],
      ),
    );
    await rejects(() =>
      inspectionsLaws.answersEachAlone(
        inOneProcess((before) => before),
        [good, bad],
      ),
    );
  });
});

describe("teeth: parseResponse", () => {
  const port = (pattern: RegExp, strip: (text: string) => string) => (completion: string) => {
    const blocks = [...completion.matchAll(pattern)].map((match) => strip(match[1]!)).filter(Boolean);
    return blocks.length === 0 ? null : blocks.join("\n\n");
  };
  const trim = (block: string) => block.trim();
  it("stripping rejects: JavaScript's trim", () =>
    rejects(() => parseResponseLaws.stripsAsPython(port(/```(?:python)?\n([^]*?)(?:```|$)/gi, trim), "x")));
  it("blocks rejects: a case-sensitive label, the first block only", async () => {
    await rejects(() =>
      parseResponseLaws.findsTheBlocks(port(/```(?:python)?\n([^]*?)(?:```|$)/g, trim), ["x"], "Python", ""),
    );
    await rejects(() =>
      parseResponseLaws.findsTheBlocks(port(/^\s*```(?:python)?\n([^]*?)(?:```|$)/gi, trim), ["x", "y"], "", ""),
    );
  });
  it("an unterminated last block rejects: a parser that wants the closing fence", () =>
    rejects(() => parseResponseLaws.acceptsAnUnterminatedLast(port(/```(?:python)?\n([^]*?)```/gi, trim), "x")));
  it("no block rejects: a parser that takes CRLF or any language", () =>
    rejects(() => parseResponseLaws.skipsWhatIsNoBlock(port(/```[^\n]*\n([^]*?)(?:```|$)/gi, trim), "x")));
});
