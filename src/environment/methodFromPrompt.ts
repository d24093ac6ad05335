import { ConfigError } from "../errors.ts";

/**
 * The target method's name, from a rendered prompt: "... class Solution called NAME and will be evaluated by ...".
 *
 * @throws ConfigError  the prompt names no method, or several
 */
export function methodFromPrompt(prompt: string, where: string): string {
  const names = new Set([...prompt.matchAll(/class Solution called (\w+) and /g)].map((match) => match[1]!));
  const [name, ...others] = names;
  if (name === undefined || others.length > 0) {
    throw new ConfigError(
      `${where}: expected "class Solution called NAME and" with one name in the prompt, got ${names.size} names`,
    );
  }
  return name;
}
