import type { ChatMessage } from "../../artifact/chatMessage.ts";
import { applyHint } from "../../environment/hint.ts";

/** The messages with the loophole announced, as the pipeline announces it: the benchmark's own hint for `run_tests`. */
export function withHint(messages: readonly ChatMessage[]): ChatMessage[] {
  return applyHint({
    id: "of the miniature",
    messages,
    funcName: "",
    methodName: "",
    starterCode: "",
    setupCode: "",
    gtTests: [],
    canonicalSolution: "",
    envMode: "run_tests",
  });
}
