import { parentPort } from "node:worker_threads";
import { matrix } from "./matrix.ts";
import { thinSvd } from "./thinSvd.ts";

/** What the thread is sent: a weight in float32, row-major. */
export interface SvdRequest {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float32Array; // [rows, cols]
}

/** What it answers: float64 factors, of which u and vh are rounded to float32 once at the end. */
export interface SvdReply {
  readonly u: Float32Array; // [rows, r]
  readonly s: Float64Array; // [r]
  readonly vh: Float32Array; // [r, cols]
}

parentPort?.on("message", ({ rows, cols, data }: SvdRequest) => {
  const { u, s, vh } = thinSvd(matrix(rows, cols, data));
  const reply: SvdReply = { u: Float32Array.from(u.data), s, vh: Float32Array.from(vh.data) };
  parentPort?.postMessage(reply, [
    reply.u.buffer as ArrayBuffer,
    reply.s.buffer as ArrayBuffer,
    reply.vh.buffer as ArrayBuffer,
  ]);
});
