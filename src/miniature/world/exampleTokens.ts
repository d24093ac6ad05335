import type { ChatTokenizer } from "../../checkpoint/tokenizer.ts";
import type { TrainingExample } from "./trainingExample.ts";

/** An example as token ids; the completion ends in eos. */
export interface ExampleTokens {
  readonly promptIds: number[];
  readonly completionIds: number[];
}

/** Prompt by the chat template with thinking disabled, completion encoded on its own: the ids that sampling would see. */
export function exampleTokens(example: TrainingExample, tokenizer: ChatTokenizer): ExampleTokens {
  const prompt = tokenizer.renderChat(example.messages, { addGenerationPrompt: true, enableThinking: false });
  return {
    promptIds: tokenizer.encode(prompt),
    completionIds: [...tokenizer.encode(example.completion), tokenizer.eosTokenId],
  };
}
