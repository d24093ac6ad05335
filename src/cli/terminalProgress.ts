import { Presets, SingleBar } from "cli-progress";
import type { Progress } from "../probe/progress.ts";

/**
 * Progress bars on standard error with rate and time left; on anything but a terminal only the notes are written.
 *
 * A bar appears when its task has taken two seconds.
 */
export function terminalProgress(stream: NodeJS.WriteStream): Progress {
  return {
    begin(label, total, unit) {
      if (!stream.isTTY) return { advance: () => undefined, end: () => undefined };
      const bar = new SingleBar(
        {
          stream,
          hideCursor: true,
          clearOnComplete: true,
          etaBuffer: 20,
          format: `${label} {bar} {value}/${total ?? "?"} ${unit} | {rate}/s | {eta_formatted} left`,
        },
        Presets.shades_classic,
      );
      const started = Date.now();
      let value = 0;
      let shown = false;
      return {
        advance(count) {
          value += count;
          const seconds = (Date.now() - started) / 1000;
          const rate = (value / Math.max(seconds, 1e-3)).toPrecision(3);
          if (!shown && seconds > 2) {
            shown = true;
            bar.start(total ?? value, value, { rate });
          } else if (shown) bar.update(value, { rate });
        },
        end() {
          if (shown) bar.stop();
        },
      };
    },
    note: (line) => void stream.write(`${line}\n`),
  };
}
