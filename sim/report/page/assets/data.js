"use strict";
// What the page holds, taken apart: a length, JSON, and the bytes of arrays.
async function unpacked(id) {
  const bytes = Uint8Array.from(atob(document.getElementById(id).textContent.trim()), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const buffer = await new Response(stream).arrayBuffer();
  const length = new DataView(buffer).getUint32(0, true);
  const content = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const kinds = { uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array };
  for (const [name, [kind, at, size]] of Object.entries(content.arrays))
    content.arrays[name] = new kinds[kind](buffer, 4 + length + at, size);
  return content;
}

// An element with its attributes and what is in it; texts stay texts.
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

function option(value, text, isChosen) {
  return element("option", { value, selected: isChosen }, text);
}

function style(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
