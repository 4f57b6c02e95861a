// Two columns of the table, a point for each row that the filter lets through.
class Chart {
  constructor(model, onChoose) {
    this.model = model;
    this.onChoose = onChoose;
    const find = (name) => model.document.get_model_by_name(name);
    [this.points, this.chosen] = ["chart_points", "chart_chosen"].map(find);
    this.axes = ["x", "y"].map((axis) => document.getElementById(`chart-${axis}`));
    for (const axis of this.axes) axis.addEventListener("change", () => this.draw());
    whenSelected(this.points, (row) => this.onChoose(this.listing.key, row));
  }

  show(listing) {
    const numbers = listing.fields.filter((one) => !one.is_text && !one.is_scaled_by_row);
    this.listing = listing;
    this.isThere = Boolean(listing.chart) && numbers.length > 1;
    document.getElementById("chart-part").hidden = !this.isThere;
    if (!this.isThere) return;
    this.axes.forEach((axis, at) => axis.replaceChildren(...numbers.map((one) => option(one.name, heading(one), one.name === listing.chart[at]))));
  }

  draw(rows) {
    this.rows = rows || this.rows;
    if (!this.isThere || !this.rows) return;
    const fields = this.axes.map((axis) => this.listing.fields.find((one) => one.name === axis.value));
    const values = fields.map((one) => this.listing.data[one.name]);
    const known = this.rows.filter((row) => values.every((column) => column[row] !== null));
    const [x, y] = values.map((column, at) => known.map((row) => column[row] * fields[at].factor));
    this.points.data = { x, y, row: known };
    axesOf(this.model).forEach((axis, at) => { axis.axis_label = heading(fields[at]); });
    document.getElementById("chart-title").textContent = `${this.listing.title}: ${fields[1].name} over ${fields[0].name}`;
    this.mark(this.marked);
  }

  // Mark rows of a table.
  mark(marked) {
    this.marked = marked;
    const rows = marked && this.listing && marked.key === this.listing.key ? new Set(marked.rows) : new Set();
    const at = this.points.data.row.map((row, i) => (rows.has(row) ? i : -1)).filter((i) => i >= 0);
    this.chosen.data = { x: at.map((i) => this.points.data.x[i]), y: at.map((i) => this.points.data.y[i]) };
  }
}

// Call with the row of a point that is clicked.
function whenSelected(source, tell) {
  let isOwn = false;
  source.selected.properties.indices.change.connect(() => {
    const [at] = source.selected.indices;
    if (isOwn || at === undefined) return;
    isOwn = true;
    source.selected.indices = [];
    isOwn = false;
    tell(source.data.row[at]);
  });
}

// The horizontal and the vertical axis of a plot.
function axesOf(model) {
  return [model.below, model.left].map((side) => side.find((one) => "axis_label" in one.attributes)).filter(Boolean);
}

// Give a plot the colours of the page.
function dress(model) {
  const [ink, line, back] = ["--ink", "--line", "--panel"].map(style);
  model.setv({ background_fill_color: back, border_fill_color: back, outline_line_color: model.left.length && axesOf(model)[1].visible ? line : null });
  for (const axis of axesOf(model))
    axis.setv({ axis_label_text_color: ink, major_label_text_color: ink, axis_line_color: line, major_tick_line_color: line, minor_tick_line_color: null });
  for (const one of [...model.center, ...model.above]) {
    if ("grid_line_color" in one.attributes) one.setv({ grid_line_color: line });
    if ("label_text_color" in one.attributes) one.setv({ label_text_color: ink, background_fill_color: back, border_line_color: line });
    if ("bar_line_color" in one.attributes) one.bar_line_color = ink;
  }
}
