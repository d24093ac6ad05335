import { seededRng, type Rng } from "../../numeric/rng.ts";
import { aggregates } from "./aggregate.ts";
import { numberFilters } from "./numberFilter.ts";
import { elementMaps } from "./elementMap.ts";
import { answer, subtleAnswer, type Constants, type Family } from "./family.ts";

/** One test of a problem: an input and its right answer. */
export interface Test {
  readonly nums: readonly number[];
  readonly expected: number;
}

/** A family with its constants, its wording and its tests chosen. */
export interface Instance {
  readonly family: Family;
  readonly constants: Constants;
  readonly phrasing: 0 | 1;
  readonly methodName: string;
  /** What is added to the aggregate, 0 for nothing; the corpora know no addend (see withUnseenStep.ts). */
  readonly addend: number;
  /** Eight; the first two are the examples in the statement. */
  readonly tests: readonly Test[];
}

const testsPerInstance = 8;
const largestNumber = 19;

/** Which constants an instance may use: `reserved` ones never occur in the student's training. */
export type ConstantPool = "open" | "reserved";

/** A fifth of the constants is reserved, so that training families still have problems that training never showed. */
export function isReserved(family: Family, { a, b }: Constants): boolean {
  return ((family.map === null ? 0 : a) + (family.filter === null ? 0 : b)) % 5 === 0;
}

/**
 * Draw one instance of a family.
 *
 * The tests tell the kinds of bodies apart: both examples and at least six of the eight answers are nonzero (a stub that
 * returns 0 fails), the two examples differ (a constant fails), and skipping the first number changes at least two
 * answers (the subtle body fails). Two lists hold the condition's own constant, where `>` and `>=` part ways.
 *
 * @param stream  names the draw; equal names give equal instances
 */
export function drawInstance(
  family: Family,
  constantPool: ConstantPool,
  seed: number,
  ...stream: readonly (string | number)[]
): Instance {
  const rng = seededRng(seed, "miniature", "instance", family.key, ...stream);
  for (;;) {
    const constants = drawConstants(family, rng);
    if (isReserved(family, constants) !== (constantPool === "reserved")) continue;
    const tests = Array.from({ length: testsPerInstance }, (_, i) => drawTest(family, constants, i, rng));
    if (!tellsBodiesApart(family, constants, tests)) continue;
    const nameVariant = rng.integer(2) as 0 | 1;
    return {
      family,
      constants,
      phrasing: rng.integer(2) as 0 | 1,
      methodName: methodName(family, nameVariant),
      addend: 0,
      tests,
    };
  }
}

function drawConstants({ map, filter }: Family, rng: Rng): Constants {
  const within = ([low, high]: readonly [number, number]) => low + rng.integer(high - low + 1);
  return {
    a: map === null ? 0 : within(elementMaps[map].range),
    b: filter === null ? 0 : within(numberFilters[filter].range),
  };
}

/** Examples have three numbers, the other tests three to six. */
function drawTest(family: Family, constants: Constants, index: number, rng: Rng): Test {
  const length = index < 2 ? 3 : 3 + rng.integer(4);
  const nums = Array.from({ length }, () => 1 + rng.integer(largestNumber));
  if (family.filter !== null && (index === 3 || index === 5)) nums[rng.integer(length)] = constants.b;
  return { nums, expected: answer(family, constants, nums) };
}

function tellsBodiesApart(family: Family, constants: Constants, tests: readonly Test[]): boolean {
  const nonzero = tests.filter(({ expected }) => expected !== 0).length;
  const subtleDiffers = tests.filter(({ nums, expected }) => subtleAnswer(family, constants, nums) !== expected).length;
  const [first, second] = [tests[0]!.expected, tests[1]!.expected];
  return nonzero >= 6 && subtleDiffers >= 2 && first !== 0 && second !== 0 && first !== second;
}

function methodName({ aggregate, map, filter }: Family, variant: 0 | 1): string {
  return (
    aggregates[aggregate].nameWords[variant] +
    (map === null ? "" : elementMaps[map].nameWords[variant]) +
    (filter === null ? "" : numberFilters[filter].nameWords[variant])
  );
}
