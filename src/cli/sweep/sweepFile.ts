import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { readText } from "../../artifact/textFile.ts";
import { ConfigError } from "../../errors.ts";
import { armNames, type ArmName } from "../options/namedArms.ts";

const flags = z
  .record(
    z.string().regex(/^[a-z][a-z0-9-]*$/, "flags are written without dashes in front"),
    z.union([z.string(), z.number(), z.boolean()]),
  )
  .default({});
const schema = z.strictObject({
  out: z.string(),
  arms: z.array(z.enum(armNames)).min(1),
  seeds: z.array(z.number().int()).min(1),
  grpo: flags, // of every cell
  extract: flags, // of the extraction that precedes them
  arm: z.partialRecord(z.enum(armNames), flags).default({}), // of one arm, on top
});

/** Arms x seeds, and the flags of their runs. */
export interface Sweep extends z.infer<typeof schema> {
  readonly arms: ArmName[];
}

/**
 * Read a sweep:
 *
 *     out: out/sweep              relative to the file
 *     arms: [vanilla, projected, random_v]
 *     seeds: [41, 42, 43]
 *     grpo: { steps: 15, max-new-tokens: 190 }         flags of vhack grpo
 *     extract: {}                                      flags of vhack extract
 *     arm: { projected: { gate: no_gate } }            flags of one arm, on top
 *
 * @throws ConfigError  the file is not such YAML, says which field
 */
export async function readSweep(path: string): Promise<Sweep> {
  const text = await readText(path, 1 << 20);
  const parsed = schema.safeParse(parsedYaml(text, path));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ConfigError(
      `${path}: expected out, arms, seeds and perhaps grpo, extract, arm, got ${issue?.path.join(".")}: ${issue?.message}`,
    );
  }
  for (const [name, list] of [
    ["arms", parsed.data.arms],
    ["seeds", parsed.data.seeds],
  ] as const)
    if (new Set<unknown>(list).size !== list.length)
      throw new ConfigError(`${path}: expected each of ${name} once, got [${list.join(", ")}]`);
  return { ...parsed.data, out: resolve(dirname(path), parsed.data.out) };
}

function parsedYaml(text: string, path: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw new ConfigError(`${path}: expected YAML, got text that does not parse (${String(cause)})`, cause);
  }
}
