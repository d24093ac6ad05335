/** Seconds of one call: processor time of the whole process, and wall time. */
export interface Seconds {
  readonly cpu: number;
  readonly wall: number;
}

/** Median of several calls after one that is not counted. On a shared machine, quote processor time and ratios. */
export async function medianSeconds(runs: number, work: () => Promise<void>): Promise<Seconds> {
  await work();
  const measured: Seconds[] = [];
  for (let i = 0; i < runs; i++) measured.push(await seconds(work));
  const middle = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
  return { cpu: middle(measured.map(({ cpu }) => cpu)), wall: middle(measured.map(({ wall }) => wall)) };
}

export async function seconds(work: () => Promise<void>): Promise<Seconds> {
  const cpuBefore = process.cpuUsage();
  const wallBefore = performance.now();
  await work();
  const { user, system } = process.cpuUsage(cpuBefore);
  return { cpu: (user + system) / 1e6, wall: (performance.now() - wallBefore) / 1e3 };
}
