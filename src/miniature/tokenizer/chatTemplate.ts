/**
 * The student's chat template (Jinja).
 *
 * Qwen3's rendering of plain system, user and assistant turns, and no more: no tools, no reasoning content. With thinking
 * disabled the generation prompt ends in an empty think block, as Qwen3's does.
 */
export const chatTemplate = [
  "{%- for message in messages -%}",
  "{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' -}}",
  "{%- endfor -%}",
  "{%- if add_generation_prompt -%}",
  "{{- '<|im_start|>assistant\\n' -}}",
  "{%- if enable_thinking is defined and enable_thinking is false -%}",
  "{{- '<think>\\n\\n</think>\\n\\n' -}}",
  "{%- endif -%}",
  "{%- endif -%}",
].join("");
