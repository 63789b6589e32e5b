// How a series looks: its colour from the page's custom properties, and a pattern or a line of its own, so
// that nobody has to tell colours apart.
"use strict";
window.chartLooks = (() => {
  const style = () => getComputedStyle(document.documentElement);
  const named = (name) => style().getPropertyValue(name).trim();

  // A tile that repeats: slanted strokes, or dots, of `colour` on a paler ground of the same.
  function tile(kind, colour) {
    const side = 8;
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = side;
    const pen = canvas.getContext("2d");
    pen.fillStyle = colour;
    pen.globalAlpha = 0.22;
    pen.fillRect(0, 0, side, side);
    pen.globalAlpha = 1;
    if (kind === "dotted") {
      pen.beginPath();
      pen.arc(side / 2, side / 2, 2.1, 0, 2 * Math.PI);
      pen.fill();
    } else {
      pen.strokeStyle = colour;
      pen.lineWidth = 2;
      pen.lineCap = "square";
      for (const shift of [-side, 0, side]) {
        pen.beginPath();
        pen.moveTo(shift, side);
        pen.lineTo(shift + side, 0);
        pen.stroke();
      }
    }
    return pen.createPattern(canvas, "repeat");
  }

  // Lines, by look: their dashes, and the mark at each point.
  const lines = {
    line: [[], "circle"], dashed: [[6, 4], "rectRot"], fine: [[2, 3], "triangle"], chain: [[11, 4, 2, 4], "rect"],
  };

  function line(series, colour) {
    const [borderDash, pointStyle] = lines[series.look];
    const lone = series.values.length === 1;
    return {
      type: "line", borderColor: colour, backgroundColor: "transparent", pointBackgroundColor: colour, borderWidth: 2, borderDash,
      pointStyle, pointRadius: lone ? 6 : series.values.length > 20 ? 0 : 3.5,
      pointHoverRadius: 6, pointHitRadius: 12, tension: 0, order: 0, spanGaps: false, stack: series.label,
    };
  }

  function bar(series, colour) {
    return {
      type: "bar", backgroundColor: series.look === "solid" ? colour : tile(series.look, colour), borderColor: colour,
      borderWidth: series.look === "solid" ? 0 : 1, borderRadius: 2, maxBarThickness: 46, order: 1,
    };
  }

  // Chart.js's own words for one series; `drawn` is a bar's or a line's by the series' look.
  function dataset(series) {
    const colour = named(`--chart-${series.colour}`);
    const drawn = series.look in lines ? line : bar;
    return { label: series.label, data: series.values, ...drawn(series, colour) };
  }

  const frame = () => ({ ink: named("--chart-ink"), grid: named("--chart-grid"), ground: named("--chart-ground"), font: named("--font") });
  const isLine = (series) => series.look in lines;
  return { dataset, frame, isLine };
})();
