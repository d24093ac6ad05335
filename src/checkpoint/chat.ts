import type { ChatMessage } from "../artifact/chatMessage.ts";
import { ConfigError } from "../errors.ts";
import { pythonTemplate } from "./pythonJinja.ts";
import { timeFor, withinTime } from "./withinTime.ts";

/** What a chat template is told beside the messages; null leaves `enable_thinking` undefined in the template. */
export interface ChatOptions {
  readonly addGenerationPrompt: boolean;
  readonly enableThinking: boolean | null;
}

export type ChatRenderer = (messages: readonly ChatMessage[], options: ChatOptions) => string;

/**
 * Compile a model's chat template (Jinja, as transformers runs it: trim_blocks and lstrip_blocks on).
 *
 * The context is transformers': messages, the special tokens by role, `tools` and `documents` (none), `raise_exception`, `strftime_now`.
 *
 * @param template       the text, or null when the tokenizer came without one: rendering then says so
 * @param specialTokens  bos_token, eos_token and the like
 * @param where          the file, for messages
 * @throws ConfigError  the template does not parse; the renderer throws one when the template refuses the messages
 */
export function chatRenderer(
  template: string | null,
  specialTokens: Readonly<Record<string, string>>,
  where: string,
): ChatRenderer {
  if (template === null)
    return () => {
      throw new ConfigError(
        `${where}: expected a chat template (chat_template here or chat_template.jinja beside it), got none; use the model's instruct tokenizer`,
      );
    };
  const compiled = compile(template, where);
  return (messages, { addGenerationPrompt, enableThinking }) => {
    const context = {
      ...specialTokens,
      messages,
      add_generation_prompt: addGenerationPrompt,
      tools: null,
      documents: null,
    };
    const characters = messages.reduce((sum, { content }) => sum + content.length, 0);
    try {
      return withinTime(timeFor(characters), `${where}: the chat template`, () =>
        compiled.render(enableThinking === null ? context : { ...context, enable_thinking: enableThinking }),
      );
    } catch (cause) {
      if (cause instanceof ConfigError) throw cause;
      throw new ConfigError(
        `${where}: expected the chat template to render ${messages.length} messages, got ${String(cause)}`,
        cause,
      );
    }
  };
}

/** The longest template in use has about thirty thousand. */
const mostCharacters = 1_000_000;

function compile(template: string, where: string): ReturnType<typeof pythonTemplate> {
  if (template.length > mostCharacters)
    throw new ConfigError(
      `${where}: expected a chat template of at most ${mostCharacters} characters, got ${template.length}`,
    );
  try {
    return withinTime(timeFor(template.length), `${where}: parsing the chat template`, () => pythonTemplate(template));
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    throw new ConfigError(`${where}: expected a Jinja chat template, got ${String(cause)}`, cause);
  }
}
