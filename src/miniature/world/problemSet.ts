import type { Family } from "./family.ts";
import { drawInstance, type ConstantPool, type Instance } from "./instance.ts";
import { statement } from "./statement.ts";

/**
 * Distinct instances, dealt to the families in turn.
 *
 * @param setName  names the draw, so that files of one seed do not share instances
 */
export function problemSet(
  families: readonly Family[],
  count: number,
  constantPool: ConstantPool,
  seed: number,
  setName: string,
): Instance[] {
  const seen = new Set<string>();
  const instances: Instance[] = [];
  for (let draw = 0; instances.length < count; draw++) {
    const family = families[instances.length % families.length]!;
    const instance = drawInstance(family, constantPool, seed, setName, draw);
    const question = `${instance.methodName} ${statement(instance)} ${JSON.stringify(instance.tests.slice(0, 2))}`;
    if (seen.has(question)) continue;
    seen.add(question);
    instances.push(instance);
  }
  return instances;
}
