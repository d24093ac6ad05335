import type { ChatMessage } from "../artifact/chatMessage.ts";
import type { ChatTokenizer } from "../checkpoint/tokenizer.ts";

/** A conversation in the model's own chat form, with the answer to be generated, thinking disabled; and its tokens. */
export function renderedPrompt(
  messages: readonly ChatMessage[],
  { renderChat, encode }: Pick<ChatTokenizer, "renderChat" | "encode">,
): { prompt: string; promptIds: number[] } {
  const prompt = renderChat(messages, { addGenerationPrompt: true, enableThinking: false });
  return { prompt, promptIds: encode(prompt) };
}
