// Draws every canvas marked data-chart from the JSON that its mark names; draws anew when light turns to dark.
// Without it nothing is lost: the table beside each chart has the same figures.
"use strict";
(() => {
  const rightToLeft = getComputedStyle(document.documentElement).direction === "rtl";
  const numbers = new Intl.NumberFormat(document.documentElement.lang || undefined, { maximumFractionDigits: 1 });
  const units = { percent: " %", hours: " h" };
  const drawn = [];

  function scales(told, frame) {
    const ticks = { color: frame.ink, maxRotation: 0, autoSkipPadding: 12 };
    const figures = {
      beginAtZero: true, stacked: told.stacked, border: { display: false }, grid: { color: frame.grid },
      ticks: { ...ticks, precision: told.unit === "days" ? 0 : undefined, callback: (value) => numbers.format(value) + (units[told.unit] || "") },
    };
    const labels = { stacked: told.stacked, grid: { display: false }, border: { color: frame.grid }, ticks };
    return told.lying
      ? { x: { ...figures, reverse: rightToLeft }, y: { ...labels, position: rightToLeft ? "right" : "left", ticks: { ...ticks, autoSkip: false } } }
      : { x: { ...labels, reverse: rightToLeft }, y: { ...figures, position: rightToLeft ? "right" : "left" } };
  }

  function plugins(told, frame) {
    const said = (item) => {
      const value = told.series[item.datasetIndex].values[item.dataIndex];
      return `${item.dataset.label}: ${value === null ? "–" : numbers.format(value)}${value === null ? "" : units[told.unit] || ""}`;
    };
    const beside = told.lying ? "y" : "x";
    const usePointStyle = told.series.every(window.chartLooks.isLine);
    return {
      legend: { rtl: rightToLeft, position: "bottom", labels: { color: frame.ink, usePointStyle, boxWidth: usePointStyle ? 11 : 22, boxHeight: 11, padding: 16 } },
      tooltip: { rtl: rightToLeft, mode: "index", axis: beside, intersect: false, callbacks: { label: said } },
    };
  }

  function draw(canvas) {
    const told = JSON.parse(document.getElementById(canvas.dataset.chart).textContent);
    const frame = window.chartLooks.frame();
    window.Chart.defaults.font.family = frame.font;
    return new window.Chart(canvas, {
      type: "bar",
      data: { labels: told.labels, datasets: told.series.map(window.chartLooks.dataset) },
      options: {
        animation: false, responsive: true, maintainAspectRatio: false, locale: document.documentElement.lang || undefined,
        indexAxis: told.lying ? "y" : "x", interaction: { mode: "index", axis: told.lying ? "y" : "x", intersect: false },
        scales: scales(told, frame), plugins: plugins(told, frame),
      },
    });
  }

  function drawAll() {
    while (drawn.length) drawn.pop().destroy();
    for (const canvas of document.querySelectorAll("canvas[data-chart]")) drawn.push(draw(canvas));
    document.documentElement.dataset.chartsDrawn = String(drawn.length);
  }

  const resize = () => drawn.forEach((chart) => chart.resize());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  // Paper is always light, and of another width.
  const paper = matchMedia("print");
  paper.addEventListener("change", drawAll);
  addEventListener("beforeprint", resize);
  addEventListener("afterprint", resize);
  drawAll();
})();
