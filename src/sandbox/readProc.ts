import { readFileSync } from "node:fs";

/** A file of /proc/PID; empty when the process is gone, which can happen between any two reads. */
export function readProc(pid: number | string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    return "";
  }
}
