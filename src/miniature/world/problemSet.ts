import type { Family } from "./family.ts";
import type { Instance } from "./instance.ts";
import { statement } from "./statement.ts";

/**
 * Distinct instances, dealt to the families in turn.
 *
 * @param draw  an instance of a family, another for each number
 */
export function problemSet(
  families: readonly Family[],
  count: number,
  draw: (family: Family, number: number) => Instance,
): Instance[] {
  const seen = new Set<string>();
  const instances: Instance[] = [];
  for (let number = 0; instances.length < count; number++) {
    const family = families[instances.length % families.length]!;
    const instance = draw(family, number);
    const question = `${instance.methodName} ${statement(instance)} ${JSON.stringify(instance.tests.slice(0, 2))}`;
    if (seen.has(question)) continue;
    seen.add(question);
    instances.push(instance);
  }
  return instances;
}
