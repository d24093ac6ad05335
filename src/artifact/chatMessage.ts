/** One turn of a conversation, as chat templates and rollout rows spell it. */
export interface ChatMessage {
  readonly role: string;
  readonly content: string;
}
