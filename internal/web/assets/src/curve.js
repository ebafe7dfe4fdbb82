// Lines of counts over time, with marks, and a span that is chosen by drawing
// over it. Only the page of an event loads this.
import { init, use } from "echarts/core";
import "echarts/lib/chart/line"; // piece by piece, see charts.js
import "echarts/lib/component/aria";
import "echarts/lib/component/brush";
import "echarts/lib/component/grid";
import "echarts/lib/component/legend";
import "echarts/lib/component/markLine";
import "echarts/lib/component/tooltip";
import { SVGRenderer } from "echarts/renderers";

use([SVGRenderer]);

/** @param {HTMLElement} box */
export function draw(box) {
  const data = JSON.parse(box.dataset.values);
  const chart = init(box, null, { renderer: "svg" });
  const paint = () => {
    chart.setOption(option(box, data), true);
    if (data.edges) {
      chart.dispatchAction({ type: "takeGlobalCursor", key: "brush", brushOption: { brushType: "lineX", brushMode: "single" } });
    }
  };
  paint();
  if (data.edges) {
    chart.on("brushEnd", (e) => {
      const span = spanOf(data, e.areas?.[0]?.coordRange);
      if (span) box.ownerDocument.location.assign(address(box.ownerDocument.location.href, span));
    });
  }
  const gone = new AbortController(); // see charts.js
  const seen = new ResizeObserver(() => {
    if (!box.isConnected) {
      gone.abort();
      seen.disconnect();
      chart.dispose();
      return;
    }
    chart.resize();
  });
  seen.observe(box);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint, { signal: gone.signal });
}

// spanOf is the times between which somebody drew; a click is none.
export function spanOf(data, range) {
  if (!range || range[0] === range[1]) return null;
  const last = data.labels.length - 1;
  const [from, to] = [Math.min(...range), Math.max(...range)].map((i) => Math.min(Math.max(i, 0), last));
  return [data.edges[from], data.edges[to + 1]];
}

// address is the page of a span, with whatever else it was asked for but the
// choice of a list.
export function address(href, [from, to]) {
  const url = new URL(href);
  for (const gone of ["before", "done"]) url.searchParams.delete(gone);
  url.searchParams.set("from", from);
  url.searchParams.set("to", to);
  url.hash = "";
  return url.href;
}

function option(box, data) {
  const css = getComputedStyle(document.documentElement);
  const token = (name) => css.getPropertyValue("--" + name).trim();
  const size = parseFloat(css.fontSize) * 0.857;
  const text = { color: token("ink2"), fontSize: size, fontFamily: token("font") };
  const colours = [token("brand"), token("neg")];
  return {
    animation: false,
    textStyle: text,
    grid: { left: 4, right: 12, top: size * 3.6, bottom: 0, containLabel: true },
    legend: { top: 0, left: 0, itemWidth: size * 2, itemHeight: size, textStyle: text },
    tooltip: {
      trigger: "axis",
      renderMode: "richText", // the HTML tooltip needs inline styles, which the page forbids
      confine: true,
      backgroundColor: token("card"),
      borderColor: token("line"),
      textStyle: { ...text, color: token("ink") },
    },
    brush: data.edges && {
      xAxisIndex: 0, brushType: "lineX", brushMode: "single", throttleType: "debounce", throttleDelay: 200,
      brushStyle: { color: token("brand-soft"), borderColor: token("brand"), borderWidth: 1, opacity: 0.5 },
      outOfBrush: { colorAlpha: 1 },
    },
    xAxis: {
      type: "category", data: data.labels, boundaryGap: false, axisTick: { show: false },
      axisLine: { lineStyle: { color: token("line2") } }, axisLabel: { ...text, hideOverlap: true },
    },
    yAxis: { type: "value", minInterval: 1, axisLabel: text, splitLine: { lineStyle: { color: token("grid") } } },
    series: data.lines.map((line, i) => ({
      name: box.getAttribute("data-name-" + line.key),
      type: "line",
      data: line.data,
      showSymbol: line.data.length === 1,
      lineStyle: { width: 2, color: colours[i], type: i ? "dashed" : "solid" },
      itemStyle: { color: colours[i] },
      emphasis: { disabled: true },
      markLine: i || !data.marks ? undefined : {
        symbol: "none", silent: true,
        lineStyle: { color: token("ok"), width: 2, type: "solid" },
        label: { ...text, color: token("ok"), formatter: (p) => p.name, rotate: 0 },
        data: data.marks.map((at) => ({ name: box.dataset.nameMark, xAxis: at })),
      },
    })),
  };
}
