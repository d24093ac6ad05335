import type { KernelEdit } from "./hostDevice.ts";
import { host } from "./startCudaForTests.ts";

/** How kernels run in a law: as they are, with one place in one kernel's text written otherwise, or with turned threads. */
export interface EditedKernel extends Partial<KernelEdit> {
  readonly backwards?: true;
}

export const unedited: EditedKernel = {};

/** Wrong kernels for a law to reject; none on a card, where the kernels are what they are. */
export function edits<T>(wrong: Record<string, T>): Record<string, T> {
  return host === null ? {} : wrong;
}

/** Run kernels so; on a card, where texts cannot be edited, only as they are. */
export async function onHost<T>({ kernel, from, to, backwards }: EditedKernel, run: () => Promise<T>): Promise<T> {
  if (host === null) return run();
  host.edit = kernel === undefined || from === undefined || to === undefined ? null : { kernel, from, to };
  host.backwards = backwards === true;
  try {
    return await run();
  } finally {
    host.edit = null;
    host.backwards = false;
  }
}
