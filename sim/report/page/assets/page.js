// The page: what is chosen in one of map, tables and chart is marked in all of them.
class Page {
  constructor(content, models) {
    this.content = content;
    this.listings = new Map(content.listings.map((one) => [one.key, one]));
    const choose = (key, row) => this.choose(key, row);
    this.map = new CountryMap(models.map, content, choose);
    this.chart = new Chart(models.chart, choose);
    this.table = new Table(document.getElementById("table"), choose, (rows) => this.chart.draw(rows));
    this.table.marked = (listing, row) => this.marked(listing.key, row);
    this.parameters = new Table(document.getElementById("parameters"), null);
    this.parameters.show(this.listings.get("parameters"));
    if (models.curves) this.curves = new Curves(models.curves, content);
    this.models = Object.values(models).filter(Boolean);
    this.startListings();
    this.startTheme();
    this.map.paint();
  }

  startListings() {
    const shown = [...this.listings.values()].filter((one) => one.key !== "parameters");
    this.buttons = shown.map((one) => element("button", { type: "button", "data-key": one.key, onclick: () => this.show(one.key) }, `${one.title} (${fixed(one.n_rows, 0)})`));
    document.getElementById("which").replaceChildren(...this.buttons);
    this.show(this.listings.has("cells") && this.listings.get("cells").n_rows < 60 ? "cells" : shown[0].key);
  }

  show(key) {
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(button.dataset.key === key));
    this.chart.show(this.listings.get(key));
    this.table.show(this.listings.get(key));
  }

  startTheme() {
    const button = document.getElementById("theme");
    const system = matchMedia("(prefers-color-scheme: dark)");
    const isDark = () => (document.documentElement.dataset.theme || (system.matches ? "dark" : "light")) === "dark";
    const paint = () => {
      button.textContent = isDark() ? "Light" : "Dark";
      for (const model of this.models) dress(model);
      this.map.paint();
    };
    button.hidden = false;
    button.addEventListener("click", () => { document.documentElement.dataset.theme = isDark() ? "light" : "dark"; paint(); });
    system.addEventListener("change", paint);
    for (const model of this.models) dress(model);
    button.textContent = isDark() ? "Light" : "Dark";
  }

  // Rows of a table that belong to what is chosen.
  related(key) {
    if (!this.chosen) return new Set();
    const own = this.listings.get(this.chosen.key);
    const other = this.listings.get(key);
    const name = own.data[own.name][this.chosen.row];
    if (key === this.chosen.key) return new Set(rowsWith(own, own.name, name));
    const column = { provinces: "province", sites: "site", exchanges: "exchange" }[this.chosen.key];
    if (column && other && column in other.data) return new Set(rowsWith(other, column, name));
    if (this.chosen.key === "cells" && key === "sites") return new Set(rowsWith(other, "site", own.data.site[this.chosen.row]));
    return new Set();
  }

  marked(key, row) {
    if (!this.chosen) return "";
    if (key === this.chosen.key && row === this.chosen.row) return "chosen";
    return this.alsoRows && this.alsoRows.key === key && this.alsoRows.rows.has(row) ? "also" : "";
  }

  choose(key, row) {
    this.chosen = { key, row };
    if (this.table.listing.key !== key && !this.related(this.table.listing.key).size) this.show(key);
    const at = this.table.listing.key;
    this.alsoRows = { key: at, rows: this.related(at) };
    this.table.turnTo(at === key ? row : this.table.rows.find((one) => this.alsoRows.rows.has(one)));
    this.chart.mark({ key: at, rows: at === key ? [row] : [...this.alsoRows.rows] });
    this.map.mark(this.onMap());
    this.tell();
  }

  // Where what is chosen lies, and which cells are its.
  onMap() {
    const { key, row } = this.chosen;
    const { data } = this.listings.get(key);
    const cells = this.listings.get("cells");
    const sites = this.listings.get("sites");
    if (key === "provinces") return { province: this.content.provinces.findIndex((one) => one.code === data.province[row]), nearness: 0.35 };
    if (key === "cells") {
      const at = sites ? sites.data.site.indexOf(data.site[row]) : -1;
      return { point: at < 0 ? null : [sites.data.x_m[at], sites.data.y_m[at]], cells: [row] };
    }
    if (key === "sites") return { point: [data.x_m[row], data.y_m[row]], cells: cells ? rowsWith(cells, "site", data.site[row]) : [] };
    if (key === "exchanges" && data.x_m && data.x_m[row] !== null) return { point: [data.x_m[row], data.y_m[row]] };
    return {};
  }

  tell() {
    const { key, row } = this.chosen;
    const listing = this.listings.get(key);
    const name = listing.data[listing.name][row];
    const rows = listing.fields.filter((one) => one.is_shown && one.name !== listing.name).flatMap((one) => [
      element("dt", {}, element("button", { type: "button", class: "what", "data-says": one.says }, one.is_scaled_by_row ? one.name : heading(one))),
      element("dd", { "data-field": one.name }, cellText(listing, one, row)),
    ]);
    const others = ["sites", "cells"].filter((one) => one !== key && this.listings.has(one) && this.related(one).size);
    const links = others.map((one) => element("button", { type: "button", onclick: () => { this.show(one); this.choose(key, row); } }, `its ${one}`));
    const panel = document.getElementById("chosen");
    panel.replaceChildren(...[element("h3", {}, `${name}`), element("p", { class: "dim" }, `of the table ${listing.title}`), element("dl", {}, ...rows), this.map.isUnseen ? element("p", { class: "dim" }, "No square of the map shows it: it is nowhere the best where most people of a square live.") : null, element("div", { class: "tools" }, ...links)].filter(Boolean));
  }
}

function rowsWith(listing, column, value) {
  const found = [];
  listing.data[column].forEach((one, row) => { if (one === value) found.push(row); });
  return found;
}

// What is folded stands in print, too, and plots are as wide as the paper lets them be.
function startPrint(views) {
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const one of folded) one.open = true;
    for (const [name, view] of Object.entries(views)) {
      const { canvas } = view.export("png");
      canvas.className = "printed";
      canvas.removeAttribute("style");
      document.getElementById(name).after(canvas);
    }
    document.documentElement.dataset.printed = "";
  });
  addEventListener("afterprint", () => {
    for (const one of folded) one.open = false;
    for (const one of document.querySelectorAll(".printed")) one.remove();
    delete document.documentElement.dataset.printed;
  });
}

async function start() {
  startTips();
  const content = await unpacked("data");
  const [models, views] = [{}, {}];
  for (const [name, item] of Object.entries(content.items)) {
    if (!item) continue;
    const [view] = await Bokeh.embed.embed_item(item, name);
    views[name] = view;
    models[name] = view.model;
  }
  window.page = new Page(content, models);
  startPrint(views);
  document.documentElement.dataset.state = "ready";
}

start().catch((error) => {
  const place = document.getElementById("failed");
  place.textContent = `Map, tables and curves cannot be shown in this browser (${error.message}). Findings, numbers and provenance are below; all other numbers are in the files.`;
  place.hidden = false;
  document.documentElement.dataset.state = "failed";
  console.error(error);
});
