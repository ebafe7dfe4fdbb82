// Stacked columns of posts by hour and level. The server computed the numbers;
// colours come from the page's tokens, so that every theme fits.
import { init, use } from "echarts/core";
import "echarts/lib/chart/bar"; // piece by piece: by their index each page would load every page's
import "echarts/lib/chart/line";
import "echarts/lib/component/aria";
import "echarts/lib/component/grid";
import "echarts/lib/component/legend";
import "echarts/lib/component/tooltip";
import { SVGRenderer } from "echarts/renderers";

use([SVGRenderer]);

/** @param {HTMLElement} box */
export function draw(box) {
  const data = JSON.parse(box.dataset.values);
  const chart = init(box, null, { renderer: "svg" });
  const paint = () => chart.setOption(option(box, data), true);
  paint();
  const gone = new AbortController();
  const seen = new ResizeObserver(() => {
    if (!box.isConnected) {
      // A page that stays open draws a chart anew with every answer; whatever
      // still knew of this one would keep all of it.
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

function option(box, data) {
  const css = getComputedStyle(document.documentElement);
  const token = (name) => css.getPropertyValue("--" + name).trim();
  const size = parseFloat(css.fontSize) * (box.dataset.size || 0.857);
  const text = { color: token("ink2"), fontSize: size, fontFamily: token("font") };
  return {
    animation: false,
    textStyle: text,
    grid: { left: 4, right: 8, top: size * 2.6, bottom: 0, containLabel: true },
    legend: { top: 0, left: 0, itemWidth: size, itemHeight: size, textStyle: text, icon: "roundRect" },
    tooltip: {
      trigger: "axis",
      renderMode: "richText", // the HTML tooltip needs inline styles, which the page forbids
      confine: true,
      backgroundColor: token("card"),
      borderColor: token("line"),
      textStyle: { ...text, color: token("ink") },
      axisPointer: { type: "shadow", shadowStyle: { color: token("ink"), opacity: 0.06 } },
    },
    xAxis: {
      type: "category", data: data.hours, axisTick: { show: false },
      axisLine: { lineStyle: { color: token("line2") } }, axisLabel: { ...text, hideOverlap: true },
    },
    yAxis: {
      type: "value", minInterval: 1, axisLabel: text,
      splitLine: { lineStyle: { color: token("grid") } },
    },
    series: [...(data.band ? band(box, data, token) : []), ...[...data.series].reverse().map((s) => ({
      name: box.getAttribute("data-name-" + s.level),
      type: "bar",
      stack: "posts",
      data: s.data,
      barMaxWidth: 22,
      itemStyle: { color: token(s.level), borderColor: token("card"), borderWidth: 0.5 },
      emphasis: { disabled: true },
    }))],
  };
}

// band is what is expected: from its lower edge, which is not seen, upwards; and
// a mark on every column that lies outside.
function band(box, { band }, token) {
  const name = box.getAttribute("data-name-band");
  const edge = { type: "line", stack: "band", silent: true, symbol: "none", step: "middle", z: 1, emphasis: { disabled: true } };
  return [
    { ...edge, data: band.low, lineStyle: { opacity: 0 }, tooltip: { show: false } },
    {
      ...edge, name, data: band.high.map((high, i) => (high === null ? null : high - band.low[i])),
      lineStyle: { opacity: 0 }, itemStyle: { color: token("brand") }, areaStyle: { color: token("brand"), opacity: 0.16 },
      tooltip: { valueFormatter: (_, i) => (band.high[i] === null ? "—" : `${band.low[i]}–${band.high[i]}`) },
    },
    {
      type: "line", name: box.getAttribute("data-name-out"), data: band.out, silent: true, symbol: "triangle", symbolSize: 10, symbolOffset: [0, -9], z: 5,
      lineStyle: { opacity: 0 }, itemStyle: { color: token("over"), borderColor: token("card"), borderWidth: 1 }, emphasis: { disabled: true },
    },
  ];
}
