import { type AggregateName, aggregates } from "./aggregate.ts";
import { type NumberFilterName, numberFilterNames, numberFilters } from "./numberFilter.ts";
import { type ElementMapName, elementMapNames, elementMaps } from "./elementMap.ts";

/**
 * A problem family: an aggregate of the mapped numbers that meet a condition, with two constants left open.
 *
 *     answer(nums) = aggregate([map(x, a) for x in nums if condition(x, b)])
 */
export interface Family {
  /** For example `sum-times-above`; `any` stands for a missing map or condition. */
  readonly key: string;
  readonly aggregate: AggregateName;
  readonly map: ElementMapName | null;
  readonly filter: NumberFilterName | null;
}

/** The constants that make a family a problem. A family without map (condition) ignores a (b). */
export interface Constants {
  readonly a: number;
  readonly b: number;
}

function family(aggregate: AggregateName, map: ElementMapName | null, filter: NumberFilterName | null): Family {
  return { key: `${aggregate}-${map ?? "any"}-${filter ?? "any"}`, aggregate, map, filter };
}

function familiesOf(aggregate: AggregateName): Family[] {
  const maps = aggregate === "count" ? [null] : [null, ...elementMapNames];
  const kept = aggregate === "count" || aggregate === "first" ? numberFilterNames : [null, ...numberFilterNames];
  return maps.flatMap((map) => kept.map((filter) => family(aggregate, map, filter)));
}

/** The families with a single constant or two; those with none (the plain sum) have no parameter and are left out. */
export const families: readonly Family[] = (Object.keys(aggregates) as AggregateName[])
  .flatMap(familiesOf)
  .filter(({ map, filter }) => map !== null || filter !== null);

/** The mapped numbers that are kept, in order. */
function results({ map, filter }: Family, { a, b }: Constants, nums: readonly number[]): number[] {
  const kept = filter === null ? nums : nums.filter((x) => numberFilters[filter].holds(x, b));
  return map === null ? [...kept] : kept.map((x) => elementMaps[map].value(x, a));
}

/** The right answer. */
export function answer(family: Family, constants: Constants, nums: readonly number[]): number {
  return aggregates[family.aggregate].value(results(family, constants, nums));
}

/** The subtly wrong answer: off by one at the start, the first number is never looked at. */
export function subtleAnswer(family: Family, constants: Constants, nums: readonly number[]): number {
  return answer(family, constants, nums.slice(1));
}
