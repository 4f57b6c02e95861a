// Curves over time, and the same as a table.
class Curves {
  constructor(model, content) {
    Object.assign(this, { model, content, curves: content.curves });
    this.select = document.getElementById("curve");
    this.select.replaceChildren(...Object.entries(this.curves).map(([name, one]) => option(name, one.says)));
    this.select.addEventListener("change", () => this.draw());
    this.draw();
  }

  draw() {
    const curve = this.curves[this.select.value];
    for (const [network, steps] of Object.entries(curve.networks)) {
      const times = (values) => values.map((one) => (one === null ? NaN : one * curve.factor));
      const isKnown = steps.low.some((one) => one !== null);
      const source = this.model.document.get_model_by_name(`curve_${network}`);
      source.data = { x: steps.ms, y: times(steps.value), low: times(isKnown ? steps.low : steps.value), high: times(isKnown ? steps.high : steps.value) };
    }
    axesOf(this.model)[1].axis_label = curve.unit ? `${curve.says} [${curve.unit}]` : curve.says;
    this.steps(curve);
  }

  steps(curve) {
    const networks = Object.keys(curve.networks);
    const [first] = Object.values(curve.networks);
    const rows = first.begin_ms.map((ms, at) => element("tr", {},
      element("th", { scope: "row" }, new Date(ms).toISOString().slice(0, 19).replace("T", " ")),
      ...networks.map((name) => { const one = curve.networks[name]; return element("td", { class: "right" }, shown(one.value[at], one.low[at], one.high[at], curve.factor)); })));
    document.getElementById("curve-steps").replaceChildren(element("table", {},
      element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "begin"), ...networks.map((name) => element("th", { scope: "col", class: "right" }, name)))),
      element("tbody", {}, ...rows)));
  }
}
