import type { Figure } from "../uat/common/measurement.ts";
import { distributionsSvg } from "./distributionsSvg.ts";
import { linesSvg } from "./linesSvg.ts";
import { nullSvg } from "./nullSvg.ts";

/** A figure as inline SVG; one that has nothing finite to draw says so. */
export function figureSvg(figure: Figure): string {
  switch (figure.kind) {
    case "distributions":
      return distributionsSvg(figure);
    case "lines":
      return linesSvg(figure);
    case "null":
      return nullSvg(figure);
  }
}
