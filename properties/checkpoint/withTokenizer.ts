import { withTemporaryFile } from "../support/temporaryFile.ts";
import { writeTinyTokenizer, type Merge } from "../support/tinyTokenizer.ts";

export const fixed: Merge[] = [
  ["a", "b"],
  ["b", "a"],
  ["a", "a"],
  ["ab", "ab"],
];

/** A tokenizer of these files, for as long as `use` runs. */
export async function withTokenizer<T>(
  tokenizer: object,
  config: object,
  use: (dir: string) => Promise<T>,
): Promise<T> {
  return withTemporaryFile("tokenizer", async (dir) => {
    await writeTinyTokenizer(dir, tokenizer, config);
    return use(dir);
  });
}
