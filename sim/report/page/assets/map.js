// The map: squares in the colours of a layer, sites, exchanges, borders, and what is chosen.
const OUTSIDE = 4294967295;
const UNSERVED = 4294967294;
const NO_POWER = 255;
const NARROW = 600; // names of places would hide the map on a phone

class CountryMap {
  constructor(model, content, onChoose) {
    Object.assign(this, { model, content, onChoose, squares: content.squares, cells: new Set() });
    this.find = (name) => model.document.get_model_by_name(name);
    this.Image = this.find("squares").data.image[0].constructor;
    this.ranges = [model.x_range, model.y_range];
    this.whole = this.ranges.map((range) => [range.start, range.end]);
    this.layer = document.getElementById("layer");
    this.network = document.getElementById("network");
    this.layer.replaceChildren(...content.layers.map((one) => option(one.key, one.title)));
    this.network.replaceChildren(...content.networks.map((one, at) => option(at, one.label)));
    for (const control of [this.layer, this.network]) control.addEventListener("change", () => this.paint());
    this.startMarks();
    this.startMoves();
    const listing = (key) => content.listings.find((one) => one.key === key);
    this.sites = listing("sites");
    this.table = listing("cells");
    const tell = (key) => (row) => { this.toldAt = performance.now(); onChoose(key, row); };
    content.networks.forEach((_, at) => whenSelected(this.find(`sites_${at}`), tell("sites")));
    whenSelected(this.find("exchanges"), tell("exchanges"));
    this.startProvinces(listing("provinces"));
  }

  // A click on nothing but ground chooses the province.
  startProvinces(listing) {
    const place = document.getElementById("map");
    let down = null;
    place.addEventListener("pointerdown", (event) => { down = [event.clientX, event.clientY]; });
    place.addEventListener("pointerup", (event) => {
      if (!listing || !down || Math.hypot(event.clientX - down[0], event.clientY - down[1]) > 4) return;
      const box = place.getBoundingClientRect();
      const [west, south] = this.ranges.map((range) => range.start);
      const [wide, tall] = this.ranges.map((range) => range.end - range.start);
      const { rows, cols, side_m, west_m, north_m } = this.squares;
      const col = Math.floor((west + ((event.clientX - box.left) / box.width) * wide - west_m) / side_m);
      const row = Math.floor((north_m - (south + ((box.bottom - event.clientY) / box.height) * tall)) / side_m);
      if (col < 0 || row < 0 || col >= cols || row >= rows) return;
      const province = this.content.provinces[this.content.arrays.province[row * cols + col]];
      setTimeout(() => {
        if (province && !(performance.now() - this.toldAt < 400)) this.onChoose("provinces", listing.data.province.indexOf(province.code));
      }, 250);
    });
  }

  // Boxes that show and hide what lies above the squares.
  startMarks() {
    const layers = this.content.networks.map((one, at) => [`sites of ${one.label}`, [`layer_sites_${at}`], this.find(`sites_${at}`)]);
    layers.push(["exchanges", ["layer_exchanges"], this.find("exchanges")], ["borders", ["borders"], null], ["places", ["place_names"], this.find("places")]);
    const boxes = layers.filter(([, , source]) => !source || source.data.x.length).map(([said, names]) => {
      const isShown = said !== "places" || innerWidth > NARROW;
      for (const name of names) this.find(name).visible = isShown;
      const box = element("input", { type: "checkbox", checked: isShown, onchange: () => { for (const name of names) this.find(name).visible = box.checked; } });
      return element("label", {}, box, ` ${said}`);
    });
    document.getElementById("marks").replaceChildren(...boxes);
  }

  startMoves() {
    for (const button of document.querySelectorAll("[data-zoom]")) button.addEventListener("click", () => this.zoom(Number(button.dataset.zoom)));
    for (const button of document.querySelectorAll("[data-pan]")) button.addEventListener("click", () => this.pan(button.dataset.pan.split(" ").map(Number)));
    const keys = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1], "+": 0.5, "=": 0.5, "-": 2 };
    document.getElementById("map").addEventListener("keydown", (event) => {
      const step = event.ctrlKey || event.metaKey ? undefined : keys[event.key];
      if (step === undefined) return;
      event.preventDefault();
      if (Array.isArray(step)) this.pan(step);
      else this.zoom(step);
    });
    document.getElementById("whole").addEventListener("click", () => this.ranges.forEach((range, at) => range.setv({ start: this.whole[at][0], end: this.whole[at][1] })));
    document.getElementById("near").addEventListener("click", () => this.near());
  }

  pan(steps) {
    this.ranges.forEach((range, at) => {
      const by = steps[at] * 0.25 * (range.end - range.start);
      range.setv({ start: range.start + by, end: range.end + by });
    });
  }

  zoom(by, middle) {
    this.ranges.forEach((range, at) => {
      const half = ((range.end - range.start) / 2) * by;
      const centre = middle ? middle[at] : (range.start + range.end) / 2;
      range.setv({ start: centre - half, end: centre + half });
    });
  }

  // Move to what is chosen, near enough to see its squares.
  near() {
    if (!this.middle) return;
    const part = (this.whole[0][1] - this.whole[0][0]) * this.nearness;
    this.zoom(part / (this.ranges[0].end - this.ranges[0].start), this.middle);
  }

  // Values of the squares of a layer, in the unit in which they are shown; null where there is none.
  values() {
    const layer = this.content.layers.find((one) => one.key === this.layer.value);
    const at = Number(this.network.value);
    const cell = this.content.arrays[`cell${at}`];
    if (layer.key === "people") {
      const people = this.content.arrays[`people${at}`];
      return { layer, cell, value: (i) => (people[i] ? people[i] : null), all: people.filter((one) => one > 0), isLog: true };
    }
    if (layer.key === "power") {
      const power = this.content.arrays[`power${at}`];
      return { layer, cell, value: (i) => (power[i] === NO_POWER ? null : -power[i]), all: Array.from(power.filter((one) => one !== NO_POWER), (one) => -one) };
    }
    const own = this.table.data[layer.column];
    const network = this.content.networks[at].name;
    const all = own.filter((one, i) => one !== null && this.table.data.network[i] === network).map((one) => one * layer.factor);
    return { layer, cell, value: (i) => (cell[i] >= UNSERVED || own[cell[i]] === null ? null : own[cell[i]] * layer.factor), all };
  }

  paint() {
    const { layer, cell, value, all, isLog } = this.values();
    const sorted = Float64Array.from(all).sort();
    const quantile = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
    let [low, high] = sorted.length ? [isLog ? 1 : quantile(0.02), quantile(0.98)] : [0, 1];
    if (!(high > low)) high = low + (Math.abs(low) || 1) * 1e-3;
    const scale = isLog ? (x) => Math.log(x / low) / Math.log(high / low) : (x) => (x - low) / (high - low);
    const colours = this.content.ramp.map((one) => packedColour(one));
    const [unserved, unknown, nobody] = ["--unserved", "--unknown", "--back"].map((name) => packedColour(style(name)));
    const colour = (i) => {
      if (cell[i] === OUTSIDE) return 0;
      const one = value(i);
      if (one === null) return layer.key === "people" ? nobody : cell[i] === UNSERVED ? unserved : unknown;
      return colours[Math.max(0, Math.min(colours.length - 1, Math.floor(scale(one) * colours.length)))];
    };
    this.lay("squares", colour);
    this.find("place_names").glyph.setv({ text_color: style("--ink"), background_fill_color: style("--back") });
    this.legend(layer, low, high, sorted);
  }

  // Lay colours of squares into the map, whose rows begin in the south.
  lay(name, colour) {
    const { rows, cols } = this.squares;
    const image = new Uint32Array(rows * cols);
    for (let row = 0; row < rows; row++) for (let col = 0; col < cols; col++) image[(rows - 1 - row) * cols + col] = colour(row * cols + col);
    const source = this.find(name);
    source.data = { ...source.data, image: [new this.Image(image.buffer, [rows, cols])] };
  }

  legend(layer, low, high, sorted) {
    const says = (x) => `${shown(Number(x.toPrecision(3)), null, null, 1)}${layer.unit ? ` ${layer.unit}` : ""}`;
    const isBeyond = [sorted[0] < low, sorted[sorted.length - 1] > high];
    const ends = [`${isBeyond[0] ? "≤ " : ""}${says(low)}`, `${isBeyond[1] ? "≥ " : ""}${says(high)}`];
    const swatch = (name, said) => [element("span", { class: "swatch", style: `background: var(${name})` }), said];
    const greys = layer.key === "people" ? swatch("--back", "nobody left out") : [...swatch("--unserved", "no cell serves"), ...(layer.column ? swatch("--unknown", "no value") : [])];
    document.getElementById("legend").replaceChildren(
      element("div", {}, `${layer.title}: ${layer.says}`),
      ...(sorted.length ? [element("div", { class: "ramp", style: `background: linear-gradient(to right, ${this.content.ramp.join(", ")})` }), element("div", { class: "ends" }, ...ends.map((one) => element("span", {}, one)))] : [element("div", {}, "No square has a value.")]),
      element("div", {}, ...greys),
    );
  }

  // Mark a place, the squares of cells, and a province.
  mark({ point, cells, province, nearness }) {
    this.find("chosen_point").data = point ? { x: [point[0]], y: [point[1]] } : { x: [], y: [] };
    const lines = province === undefined ? [] : this.content.borders[province];
    this.find("chosen_province").data = { xs: lines.map((one) => one[0]), ys: lines.map((one) => one[1]) };
    const own = new Set(cells || []);
    const arrays = this.content.networks.map((_, at) => this.content.arrays[`cell${at}`]);
    const colour = packedColour("#cc00aa", 0xa0);
    if (own.size || this.cells.size) this.lay("chosen_area", (i) => (own.size && arrays.some((cell) => own.has(cell[i])) ? colour : 0));
    this.cells = own;
    this.isUnseen = own.size > 0 && !arrays.some((cell) => cell.some((one) => own.has(one)));
    this.middle = point || (lines.length ? middleOf(lines) : null);
    this.nearness = nearness || 0.08;
    document.getElementById("near").disabled = !this.middle;
  }
}

function middleOf(lines) {
  const longest = lines.reduce((a, b) => (b[0].length > a[0].length ? b : a));
  return longest.map((points) => (Math.min(...points) + Math.max(...points)) / 2);
}

function packedColour(text, alpha = 255) {
  const hex = text.replace("#", "");
  const full = hex.length === 3 ? [...hex].map((one) => one + one).join("") : hex;
  const [red, green, blue] = [0, 2, 4].map((at) => parseInt(full.slice(at, at + 2), 16));
  return ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
