// The time axis, and how times are written.

export interface Scale {
  /** Milliseconds at the right end. */
  max: number;
  /** Milliseconds, from 0. */
  ticks: number[];
}

const steps = [1, 2, 2.5, 5, 10];
const ends = [1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/** The least of a ladder's values, in any decade, that is not below. */
function roundUp(value: number, ladder: readonly number[]): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return (ladder.find((factor) => factor * power >= value * (1 - 1e-9)) ?? 10) * power;
}

/**
 * An axis for a span of milliseconds. While a run is live its end is rounded up, so that the bars grow and the axis rarely moves; when
 * it is over the axis ends just behind the last bar.
 */
export function scaleFor(span: number, live: boolean, parts = 6): Scale {
  const wanted = Math.max(span, 1);
  const max = live ? roundUp(wanted * 1.02, ends) : wanted * 1.02;
  const step = roundUp(wanted / parts, steps);
  const ticks: number[] = [];
  for (let i = 0; i * step <= max * (1 + 1e-9); i++) ticks.push(i * step);
  return { max, ticks };
}

/** Where a time stands on the axis, in percent, kept inside it. */
export function percent(ms: number, scale: Scale): number {
  return Math.min(100, Math.max(0, (ms / scale.max) * 100));
}

/** A duration for reading: "0.4 ms", "81 ms", "1.01 s", "62.5 s", "3 min 5 s". */
export function formatMs(ms: number): string {
  if (!Number.isFinite(ms)) return "–";
  if (ms < 0.05) return "0 ms";
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 9995) return `${(ms / 1000).toFixed(2)} s`;
  if (ms < 119_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** A tick's label: all of an axis in one unit. */
export function formatTick(ms: number, scale: Scale): string {
  if (ms === 0) return "0";
  return scale.max >= 1000 ? `${Number((ms / 1000).toFixed(2))} s` : `${Number(ms.toFixed(2))} ms`;
}

/** How many times faster: one decimal below 10, none above. */
export function formatFactor(factor: number): string {
  return `${factor < 9.95 ? factor.toFixed(1) : Math.round(factor)}×`;
}
