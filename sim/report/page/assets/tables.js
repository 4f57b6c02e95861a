// A table that is sorted, filtered and turned over; its first column chooses a row.
const PAGE_ROWS = 25;

class Table {
  constructor(place, onChoose, onFilter) {
    this.place = place;
    this.onChoose = onChoose;
    this.onFilter = onFilter || (() => {});
    this.marked = () => "";
    this.filter = element("input", { type: "search", size: 28, "aria-label": "Filter rows", oninput: () => { this.first = 0; this.find(); } });
    this.wide = element("input", { type: "checkbox", onchange: () => this.draw() });
    this.status = element("span", { role: "status", class: "dim" });
    this.table = element("table");
    this.scroll = element("div", { class: "scroll", tabindex: 0, role: "region" }, this.table);
    this.previous = element("button", { type: "button", onclick: () => this.turn(-1) }, "Previous rows");
    this.next = element("button", { type: "button", onclick: () => this.turn(1) }, "Next rows");
    this.source = element("p", { class: "dim" });
    place.replaceChildren(
      element("div", { class: "tools" }, element("label", {}, "Filter ", this.filter), element("label", {}, this.wide, " all columns"), this.status),
      this.scroll,
      element("div", { class: "tools pager" }, this.previous, this.next),
      this.source,
    );
  }

  show(listing) {
    this.listing = listing;
    this.order = listing.sorted_by ? { name: listing.sorted_by, isDown: true } : null;
    this.first = 0;
    this.filter.value = "";
    const number = listing.fields.find((one) => !one.is_text && !one.is_scaled_by_row);
    this.filter.placeholder = number ? `words, or ${number.name}>0` : "words";
    this.scroll.setAttribute("aria-label", listing.title);
    this.source.replaceChildren("Whole table: ", element("code", {}, listing.file));
    this.find();
  }

  // The rows that every word of the filter lets through, in their order.
  find() {
    const tests = this.filter.value.trim().split(/\s+/).filter(Boolean).map((word) => this.test(word));
    this.rows = [];
    for (let row = 0; row < this.listing.n_rows; row++) if (tests.every((test) => test(row))) this.rows.push(row);
    this.sort();
    this.draw();
    this.onFilter(this.rows);
  }

  test(word) {
    const { data, fields } = this.listing;
    const bound = /^([\w.]+)(<=|>=|<|>|=)(-?[\d.]+)$/.exec(word);
    const field = bound && fields.find((one) => one.name === bound[1] && !one.is_text);
    if (field) {
      const limit = Number(bound[3]) / field.factor;
      const holds = { "<": (x) => x < limit, ">": (x) => x > limit, "<=": (x) => x <= limit, ">=": (x) => x >= limit, "=": (x) => x === limit }[bound[2]];
      return (row) => data[field.name][row] !== null && holds(data[field.name][row]);
    }
    const wanted = word.toLowerCase();
    const texts = fields.filter((one) => one.is_text);
    return (row) => texts.some((one) => String(data[one.name][row]).toLowerCase().includes(wanted));
  }

  sort() {
    if (!this.order) return;
    const { name, isDown } = this.order;
    const values = this.listing.data[name];
    const sign = isDown ? -1 : 1;
    this.rows.sort((a, b) => {
      const [x, y] = [values[a], values[b]];
      if (x === null || y === null) return x === y ? a - b : x === null ? 1 : -1;
      const less = typeof x === "string" ? x.localeCompare(y, "en", { numeric: true }) : x - y;
      return sign * less || a - b;
    });
  }

  orderBy(name) {
    const isSame = this.order && this.order.name === name;
    this.order = { name, isDown: isSame ? !this.order.isDown : !this.listing.fields.find((one) => one.name === name).is_text };
    this.first = 0;
    this.sort();
    this.draw();
    const button = this.table.querySelector(`thead button[data-column="${CSS.escape(name)}"]`);
    if (button) button.focus();
  }

  turn(by) {
    this.first = Math.max(0, this.first + by * PAGE_ROWS);
    this.draw();
  }

  // Turn to the page on which a row is, where the filter lets it through.
  turnTo(row) {
    const at = this.rows.indexOf(row);
    if (at >= 0) this.first = Math.floor(at / PAGE_ROWS) * PAGE_ROWS;
    this.draw();
  }

  draw() {
    const fields = this.listing.fields.filter((one) => one.is_shown || this.wide.checked);
    const head = fields.map((one) => {
      const isSorted = this.order && this.order.name === one.name;
      const sign = isSorted ? (this.order.isDown ? " ▼" : " ▲") : "";
      const button = element("button", { type: "button", "data-says": one.says, "data-column": one.name, onclick: () => this.orderBy(one.name) }, heading(one) + sign);
      return element("th", { scope: "col", class: one.is_text ? "" : "right", "aria-sort": isSorted ? (this.order.isDown ? "descending" : "ascending") : "none" }, button);
    });
    const seen = this.rows.slice(this.first, this.first + PAGE_ROWS);
    const body = seen.map((row) => this.drawRow(row, fields));
    this.table.replaceChildren(element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...body));
    const n = this.rows.length;
    const span = n ? `rows ${this.first + 1} to ${this.first + seen.length} of ${fixed(n, 0)}` : "no row";
    this.status.textContent = span + (n < this.listing.n_rows ? `, ${fixed(this.listing.n_rows, 0)} without the filter` : "");
    this.previous.disabled = this.first === 0;
    this.next.disabled = this.first + PAGE_ROWS >= n;
  }

  drawRow(row, fields) {
    const mark = this.marked(this.listing, row);
    const cells = fields.map((one, at) => {
      const text = cellText(this.listing, one, row);
      if (at === 0 && this.onChoose)
        return element("th", { scope: "row" }, element("button", { type: "button", "aria-pressed": mark === "chosen" ? "true" : "false", onclick: () => this.onChoose(this.listing.key, row) }, text));
      return element(at === 0 ? "th" : "td", { class: one.is_text ? "text" : "right", "data-field": one.name, ...(at === 0 ? { scope: "row" } : {}) }, text);
    });
    return element("tr", { class: mark, "data-row": row }, ...cells);
  }
}
