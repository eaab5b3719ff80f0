// Point at a passage or its note: it and those it stands in relation to are outlined.
for (const doc of document.querySelectorAll(".contend-doc")) {
  const starts = [...doc.querySelectorAll(".seg[data-to]")];
  const show = (event) => {
    for (const lit of doc.querySelectorAll(".on, .kin")) lit.classList.remove("on", "kin");
    const under = event.target.closest("[data-s]");
    if (!under) return;
    const number = under.dataset.s;
    const kin = new Set();
    for (const seg of starts) {
      const targets = seg.dataset.to.split(" ").filter(Boolean);
      if (seg.dataset.s === number) for (const target of targets) kin.add(target);
      if (targets.includes(number)) kin.add(seg.dataset.s);
    }
    for (const part of doc.querySelectorAll("[data-s]")) {
      part.classList.toggle("on", part.dataset.s === number);
      part.classList.toggle("kin", kin.has(part.dataset.s));
    }
  };
  doc.addEventListener("pointerover", show);
  doc.addEventListener("focusin", show);
}
