// What a number or a name says, at a touch, under the pointer or the keyboard.
function startTips() {
  const tip = document.getElementById("tip");
  const hide = () => { tip.hidden = true; };
  const show = (target) => {
    tip.textContent = target.dataset.says;
    tip.hidden = !target.dataset.says;
    const box = target.getBoundingClientRect();
    const left = Math.min(box.left + scrollX, scrollX + document.documentElement.clientWidth - tip.offsetWidth - 8);
    const isBelow = box.bottom + tip.offsetHeight + 8 < innerHeight;
    tip.style.left = `${Math.max(left, 8)}px`;
    tip.style.top = `${scrollY + (isBelow ? box.bottom + 6 : box.top - tip.offsetHeight - 6)}px`;
    target.setAttribute("aria-describedby", "tip");
  };
  const of = (event) => (event.target instanceof Element ? event.target.closest("[data-says]") : null);
  for (const kind of ["mouseover", "focusin", "click"])
    document.addEventListener(kind, (event) => { const target = of(event); if (target) show(target); else if (kind !== "focusin") hide(); });
  document.addEventListener("focusout", hide);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
}
