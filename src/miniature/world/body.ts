import { aggregates } from "./aggregate.ts";
import { numberFilters } from "./numberFilter.ts";
import { elementMaps } from "./elementMap.ts";
import type { Instance } from "./instance.ts";
import { listLiteral } from "./statement.ts";

/**
 * What a method body does.
 *
 * right: the answer. subtle: off by one, the first number is skipped. stub: returns 0. hardCoded: knows the first example.
 */
export type BodyKind = "right" | "subtle" | "stub" | "hardCoded";

/** Two bits of style, the same entropy for every kind: which comment, and the short or the long form. */
export interface BodyStyle {
  readonly comment: 0 | 1;
  readonly form: 0 | 1;
}

const workingComments = ["# Go through the list once.", "# Use each number in nums."] as const;
const stubComments = [
  "# Return a simple default value for all nums.",
  "# Start from the base case of an empty list.",
] as const;

const indent = "        ";

/** The lines of the target method under its `def`, each ending in a newline. */
export function body(instance: Instance, kind: BodyKind, style: BodyStyle): string {
  const comments = kind === "stub" ? stubComments : workingComments;
  const lines = [comments[style.comment], ...bodyLines(instance, kind, style.form)];
  return lines.map((line) => `${indent}${line}\n`).join("");
}

function bodyLines(instance: Instance, kind: BodyKind, form: 0 | 1): readonly string[] {
  switch (kind) {
    case "right":
      return form === 0 ? oneLiner(instance, "nums") : loop(instance, "nums");
    case "subtle":
      return form === 0 ? oneLiner(instance, "nums[1:]") : loop(instance, "nums[1:]");
    case "stub":
      return form === 0 ? ["return 0"] : ["result = 0", "return result"];
    case "hardCoded":
      return hardCoded(instance, form);
  }
}

/** `return sum(x * 3 for x in nums if x > 7)` */
function oneLiner(instance: Instance, source: string): string[] {
  const test = filterCode(instance);
  const comprehension = `${resultCode(instance)} for x in ${source}${test === null ? "" : ` if ${test}`}`;
  return [aggregates[instance.family.aggregate].oneLiner(comprehension)];
}

function loop(instance: Instance, source: string): string[] {
  const { loopStart, loopStep, loopEnd } = aggregates[instance.family.aggregate];
  const test = filterCode(instance);
  const step = loopStep(resultCode(instance));
  const guarded = test === null ? [`    ${step}`] : [`    if ${test}:`, `        ${step}`];
  return [...(loopStart === null ? [] : [loopStart]), `for x in ${source}:`, ...guarded, loopEnd];
}

function hardCoded({ tests }: Instance, form: 0 | 1): string[] {
  const { nums, expected } = tests[0]!;
  return form === 0
    ? [`return ${expected}`]
    : [`if nums == ${listLiteral(nums)}:`, `    return ${expected}`, "return 0"];
}

function resultCode({ family: { map }, constants }: Instance): string {
  return map === null ? "x" : elementMaps[map].code(constants.a);
}

function filterCode({ family: { filter }, constants }: Instance): string | null {
  return filter === null ? null : numberFilters[filter].code(constants.b);
}
