import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { expect, it } from "vitest";
import { pythonLiteral } from "../src/environment/pythonLiteral.ts";
import { findPython } from "../src/sandbox/findPython.ts";
import { readMarshalValue } from "../src/sandbox/marshalValue.ts";
import { pythonEquals } from "../src/sandbox/pythonEquals.ts";
import { pythonless } from "./support/cages.ts";
import { marshalBytes, pythonPair, pythonValue } from "../properties/sandbox/pythonValues.ts";

const runs = 3000;

/** CPython's answer to one expression per line. */
function evaluate(expressions: readonly string[], show: string): string[] {
  const program = `import json, marshal, sys\nif hasattr(sys, "set_int_max_str_digits"): sys.set_int_max_str_digits(0)\njson.dump([${show} for line in json.load(sys.stdin)], sys.stdout)`;
  const { stdout, stderr, status } = spawnSync(findPython(null).executable, ["-I", "-c", program], {
    input: JSON.stringify(expressions),
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

// ELSE gt_correct is not what Python's == says of the returned values
it.skipIf(pythonless !== null)(
  `comparison agrees with CPython's on ${runs} generated pairs: pythonEquals(a, b) = (a == b)`,
  () => {
    const pairs = fc.sample(pythonPair, runs);
    const verdicts = evaluate(
      pairs.map(([a, b]) => `(${pythonLiteral(a)}) == (${pythonLiteral(b)})`),
      "eval(line)",
    );
    expect(pairs.flatMap(([a, b], i) => (pythonEquals(a, b) === Boolean(verdicts[i]) ? [] : [[a, b]]))).toEqual([]);
    expect(verdicts.filter(Boolean).length).toBeGreaterThan(runs / 10);
  },
);

it.skipIf(pythonless !== null)(
  `CPython's marshal is what we read: read(dumps(x, 2)) = x on ${runs} generated values, byte for byte`,
  () => {
    const values = fc.sample(pythonValue, runs);
    const dumped = evaluate(values.map(pythonLiteral), "marshal.dumps(eval(line), 2).hex()");
    values.forEach((value, i) => {
      expect(dumped[i]).toBe(marshalBytes(value).toString("hex"));
      expect(readMarshalValue(Buffer.from(dumped[i]!, "hex"))).toEqual(value);
    });
  },
);
