import assert from "node:assert/strict";
import { Canvas, niceCeiling, plotBars, plotLine, resample } from "../../lib/term/mod.ts";

const plot = { left: 0, top: 0, columns: 8, rows: 2, max: 8 };

Deno.test("plotLine() draws steps whole, and leaves gaps out", () => {
  const canvas = new Canvas(8, 2);
  plotLine(canvas, plot, [0, 0, 0, 0, 8, 8, undefined, undefined, 4, 4, 4, 4, 0, 0, 0, 0]);
  assert.deepEqual(canvas.toLines(), ["  ⡏", "⣀⣀⡇ ⠉⠉⣇⣀"]);
});

Deno.test("plotBars() fills columns by eighths", () => {
  const canvas = new Canvas(8, 2);
  plotBars(canvas, plot, [0, 1, 2, 3, 4, 5, 6, 8]);
  assert.deepEqual(canvas.toLines(), ["     ▂▄█", " ▂▄▆████"]);
});

Deno.test("a Canvas counts Korean as two columns, cuts what lies outside, and paints runs at once", () => {
  const canvas = new Canvas(6, 1);
  const paint = (text: string) => `<${text}>`;
  canvas.put(0, 0, "가나", paint);
  canvas.put(4, 0, "다라");
  canvas.put(0, 3, "nowhere");
  assert.deepEqual(canvas.toLines(), ["<가나>다"]);
});

Deno.test("resample() keeps both ends, and niceCeiling() is never below", () => {
  assert.deepEqual(resample([1, 2, 3], 5), [1, 2, 2, 3, 3]);
  assert.deepEqual(resample([], 5), []);
  assert.deepEqual([0, 0.3, 1, 51, 99, 101, 1429].map(niceCeiling), [
    1,
    0.30000000000000004,
    1,
    60,
    100,
    150,
    1500,
  ]);
});
