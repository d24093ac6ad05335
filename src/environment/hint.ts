import type { ChatMessage } from "../artifact/chatMessage.ts";
import { ConfigError } from "../errors.ts";
import { hintOf } from "./envMode.ts";
import type { Problem } from "./problem.ts";

/** The benchmark's neutral wording, which each mode's hint replaces. */
const neutralPhrase = "and should pass all tests";

/**
 * The problem's messages with the hint of its mode.
 *
 * @throws ConfigError  the user messages hold the neutral phrase not exactly once: the model would be told nothing, or twice
 */
export function applyHint(problem: Problem): ChatMessage[] {
  const count = problem.messages
    .filter(isUser)
    .reduce((sum, { content }) => sum + content.split(neutralPhrase).length - 1, 0);
  if (count !== 1) {
    throw new ConfigError(
      `applyHint: expected "${neutralPhrase}" once in the user messages of problem ${problem.id}, got it ${count} times; the hint replaces this phrase: correct the problem or leave it out`,
    );
  }
  return problem.messages.map((message) =>
    isUser(message)
      ? { ...message, content: message.content.replace(neutralPhrase, () => hintOf[problem.envMode]) }
      : message,
  );
}

function isUser({ role }: ChatMessage): boolean {
  return role === "user";
}
