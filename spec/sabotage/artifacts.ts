/** What a pipeline leaves to be judged. */
export interface Artifacts {
  readonly out: string;
  /** a v_hack to judge in place of the run's own (`vhack uat --v-hack-path`), or null */
  readonly vHackPath: string | null;
}
