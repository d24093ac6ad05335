import { trainingExample } from "../world/trainingExample.ts";

const corpusSize = 2000;

/** The texts that the tokenizer learns its merges from: contents of messages and completions, no chat markup. */
export function* tokenizerCorpus(seed: number): Generator<string> {
  for (let index = 0; index < corpusSize; index++) {
    const { messages, completion } = trainingExample("broad", seed, index);
    for (const { role, content } of messages) yield* [role, content];
    yield* ["assistant", completion];
  }
}
