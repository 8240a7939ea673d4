// What script adds to pages that work without it: search as you type, pages that follow a click in place, what belongs
// together lit up, and a button that copies. Knows the pages' own marks; sends nothing anywhere but to their forms.
"use strict";

const main = () => document.getElementById("content");

// What belongs together: everything that names one of the places the pointer or the focus is on.
function placesOf(element) {
  const holder = element instanceof Element ? element.closest("[data-places], [data-place]") : null;
  return holder ? (holder.dataset.places ?? holder.dataset.place).split(" ") : [];
}

function light(event) {
  const wanted = new Set(placesOf(event.target));
  for (const one of document.querySelectorAll("[data-places], [data-place]")) {
    one.classList.toggle("lit", placesOf(one).some((p) => wanted.has(p)));
  }
  main().classList.toggle("lighting", wanted.size > 0);
}

// Search as you type.
function search() {
  const words = document.getElementById("q").value.toLowerCase().split(/\s+/).filter(Boolean);
  let left = 0;
  for (const group of document.querySelectorAll(".group")) {
    let here = 0;
    for (const one of group.querySelectorAll(".scenarios > li")) {
      one.hidden = !words.every((w) => one.dataset.told.includes(w));
      here += one.hidden ? 0 : 1;
    }
    group.hidden = here === 0;
    left += here;
  }
  document.querySelector(".none-found").hidden = left > 0;
  say(`${left} scenarios`);
}

function say(text) {
  document.getElementById("said").textContent = text;
}

// A form's answer takes the place of the page's content; address and scroll stay, focus goes where it was.
let asked = 0;
async function follow(form, submitter) {
  const turn = ++asked;
  const focused = document.activeElement?.id;
  main().setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form, submitter) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const content = page.getElementById("content");
    if (turn !== asked) return;
    if (!content) throw new Error("no page");
    main().replaceWith(content);
    document.title = page.title;
    arrive(focused);
  } catch {
    main().removeAttribute("aria-busy");
    say("The sandbox gave no page. Is it still running?");
  }
}

function arrive(focused) {
  ready();
  const outcome = document.getElementById("outcome");
  (outcome ?? document.getElementById(focused) ?? main()).focus({ preventScroll: !outcome });
  outcome?.scrollIntoView({ block: "start" });
  say([...document.querySelectorAll("[data-said]")].map((e) => e.textContent.trim().replace(/\s+/g, " ")).join("; "));
}

// A changed field is a changed chart, but for a row that is not yet added.
function changed(event) {
  const row = event.target.closest(".editor .row, .editor p");
  if (!row || (row.classList.contains("add") && row.querySelector("select").value === "")) return;
  follow(document.getElementById("state"), document.getElementById("edit"));
}

async function copy(button) {
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent);
  say("Copied");
}

function ready() {
  for (const button of document.querySelectorAll(".copy")) button.hidden = false;
}

document.addEventListener("pointerover", light);
document.addEventListener("focusin", light);
document.addEventListener("input", (event) => { if (event.target.id === "q") search(); });
document.addEventListener("change", changed);
document.addEventListener("click", (event) => {
  if (event.target instanceof Element && event.target.matches(".copy")) copy(event.target);
});
document.addEventListener("submit", (event) => {
  if (event.target.id !== "state") return;
  event.preventDefault();
  follow(event.target, event.submitter);
});
ready();
