import { aggregates } from "./aggregate.ts";
import { numberFilters } from "./numberFilter.ts";
import { elementMaps } from "./elementMap.ts";
import type { Instance } from "./instance.ts";

/** A list as the benchmark writes inputs: `[3,9,12]`. */
export function listLiteral(nums: readonly number[]): string {
  return `[${nums.join(",")}]`;
}

/** What is to be computed, in one of two phrasings. */
export function statement(instance: Instance): string {
  const asked = instance.phrasing === 0 ? inSteps(instance) : inOneSentence(instance);
  return instance.addend === 0 ? asked : `${asked} Add ${instance.addend} to the result.`;
}

/** "Take the numbers in nums greater than 7. Multiply each by 3. Return the sum." */
function inSteps({ family, constants }: Instance): string {
  const { aggregate, map, filter } = family;
  const kept =
    filter === null ? "all numbers in nums" : `the numbers in nums ${numberFilters[filter].phrases[0](constants.b)}`;
  const mapped = map === null ? "" : ` ${elementMaps[map].phrases[0](constants.a)}`;
  return `Take ${kept}.${mapped} ${aggregates[aggregate].phrases[0]}`;
}

/** "Given a list nums, find the total. Use only numbers above 7, and replace each by 3 times its value." */
function inOneSentence({ family, constants }: Instance): string {
  const { aggregate, map, filter } = family;
  const kept = filter === null ? "every number" : `only numbers ${numberFilters[filter].phrases[1](constants.b)}`;
  const mapped = map === null ? "" : `, and replace each by ${elementMaps[map].phrases[1](constants.a)}`;
  return `Given a list nums, find ${aggregates[aggregate].phrases[1]}. Use ${kept}${mapped}.`;
}
