// Numbers as the command line shows them (sim/runs/answers/numbers.py): as many digits as the interval leaves.
const ROUNDING = 1e-9;
const LOPSIDED = 0.2;

function decimalsFor(size, digits) {
  const first = Math.floor(Math.log10(size * (1 + ROUNDING)));
  return Math.min(Math.max(digits - 1 - first, 0), 6);
}

function decimals(value, low, high, factor) {
  const half = low === null || high === null ? 0 : ((high - low) / 2) * factor;
  if (half > ROUNDING * Math.abs(value * factor)) {
    const wanted = decimalsFor(half, 2);
    return value ? Math.min(wanted, decimalsFor(Math.abs(value * factor), 6)) : wanted;
  }
  if (Number.isInteger(value * factor)) return 0;
  return decimalsFor(Math.abs(value * factor), 4);
}

// A number with so many decimals; what lies in the middle of two goes to the even one, as in Python.
function fixed(value, places) {
  const scaled = Math.abs(value) * 10 ** places;
  const isTie = Number.isInteger(value * 2 ** (places + 1)) && scaled - Math.floor(scaled) === 0.5;
  const even = Math.floor(scaled) + (Math.floor(scaled) % 2);
  const text = isTie ? (even / 10 ** places).toFixed(places) : Math.abs(value).toFixed(places);
  const [whole, rest] = text.split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return (value < 0 ? "-" : "") + grouped + (rest ? `.${rest}` : "");
}

function neverPlainZero(value, places, factor) {
  const text = fixed(value * factor, places);
  return value <= 0 || /[1-9]/.test(text) ? text : `<${text.slice(0, -1)}1`;
}

function shown(value, low, high, factor) {
  if (value === null || value === undefined) return "-";
  if (low === null || low === undefined || high === null || high === undefined) low = high = null;
  if (value === 0 && (low || 0) === 0) return high ? `0 (0 to ${fixed(high * factor, decimalsFor(high * factor, 2))})` : "0";
  const places = decimals(value, low, high, factor);
  const text = neverPlainZero(value, places, factor);
  if (low === null) return text;
  const below = value - low;
  const above = high - value;
  let half = (below + above) / 2;
  if (half <= ROUNDING * Math.abs(value)) half = 0;
  if (Math.abs(above - below) <= LOPSIDED * half) return `${text} ± ${neverPlainZero(half, places, factor)}`;
  const ends = [low, high].map((end) => neverPlainZero(end, places, factor));
  return ends[0] === ends[1] ? text : `${text} (${ends[0]} to ${ends[1]})`;
}

// A value of a row as it is shown.
function cellText(listing, field, row) {
  const value = listing.data[field.name][row];
  if (field.is_text) return value === null ? "" : String(value);
  const end = (name) => (name in listing.data ? listing.data[name][row] : null);
  if (field.is_exact) return value === null ? "" : fixed(value, (String(value).split(".")[1] || "").length);
  const factor = field.is_scaled_by_row ? listing.data.factor[row] : field.factor;
  return shown(value, end(`${field.name}_low`), end(`${field.name}_high`), factor);
}

function heading(field) {
  return field.unit ? `${field.name} [${field.unit}]` : field.name;
}
